# SPECTRAL_OPS_BUILD     12 hexadecimal digits that stand for the kernels' sources, compiler and
#                        settings; made anew whenever a source changes
# SPECTRAL_OPS_KERNELS   the name of the library of kernels
file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
  csrc/core/* csrc/cpu/* csrc/gpu/* csrc/cuda/* csrc/library/* third_party/*)
set(text "${PROJECT_VERSION} ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_CXX_FLAGS}"
  " ${SPECTRAL_OPS_OPTIMIZE} ${SPECTRAL_OPS_CPU} ${SPECTRAL_OPS_SIMD_TARGETS} ${SPECTRAL_OPS_TUNED}"
  " ${SPECTRAL_OPS_CUDA_ARCHITECTURES} ${CMAKE_CUDA_COMPILER_VERSION} ${CMAKE_CUDA_FLAGS}")
foreach(source IN LISTS sources)
  file(SHA256 ${PROJECT_SOURCE_DIR}/${source} hash)
  string(APPEND text " ${source} ${hash}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${source})
endforeach()
string(SHA256 SPECTRAL_OPS_BUILD "${text}")
string(SUBSTRING ${SPECTRAL_OPS_BUILD} 0 12 SPECTRAL_OPS_BUILD)
set(SPECTRAL_OPS_KERNELS spectral_ops-${PROJECT_VERSION}-${SPECTRAL_OPS_BUILD})
