# Finds the TensorFlow packages to build for, without importing them (SPECTRAL_OPS_TF=ON):
#   SPECTRAL_OPS_TENSORFLOW_MINORS   such as 2_20;2_21
#   TensorFlow::<minor>              headers and libtensorflow_framework of each
#   SPECTRAL_OPS_TENSORFLOWS         for _build.json: "2.20": "2.20.0", "2.21": "2.21.0"
#   SPECTRAL_OPS_TENSORFLOW_CUDA     the CUDA of the last one that has any, such as 12.5.1

set(SPECTRAL_OPS_TENSORFLOW_MINORS "")
set(SPECTRAL_OPS_TENSORFLOWS "")
set(SPECTRAL_OPS_TENSORFLOW_CUDA "")
if(NOT SPECTRAL_OPS_TF)
  return()
endif()
execute_process(
  COMMAND ${Python_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/find_tensorflow.py
          ${SPECTRAL_OPS_TENSORFLOW_DIR}
  OUTPUT_VARIABLE found ERROR_VARIABLE problem RESULT_VARIABLE result
  OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${problem}")
endif()
string(REPLACE "\n" ";" found "${found}")  # folder, version, folder, version ..
while(found)
  list(POP_FRONT found folder version)
  message(STATUS "TensorFlow ${version} in ${folder}")
  string(REGEX MATCH "^([0-9]+)\\.([0-9]+)" minor ${version})
  set(name ${CMAKE_MATCH_1}_${CMAKE_MATCH_2})
  list(APPEND SPECTRAL_OPS_TENSORFLOW_MINORS ${name})
  list(APPEND SPECTRAL_OPS_TENSORFLOWS "\"${minor}\": \"${version}\"")
  add_library(TensorFlow::${name} SHARED IMPORTED)
  set_target_properties(TensorFlow::${name} PROPERTIES
    IMPORTED_LOCATION ${folder}/libtensorflow_framework.so.2
    IMPORTED_SONAME libtensorflow_framework.so.2)
  target_include_directories(TensorFlow::${name} SYSTEM INTERFACE ${folder}/include)
  target_compile_definitions(TensorFlow::${name} INTERFACE
    _GLIBCXX_USE_CXX11_ABI=1 EIGEN_MAX_ALIGN_BYTES=64)
  # Paths of headers that end up in messages.
  target_compile_options(TensorFlow::${name} INTERFACE -ffile-prefix-map=${folder}=tensorflow)
  set(built ${folder}/python/platform/build_info.py)
  if(EXISTS ${built})
    file(STRINGS ${built} built REGEX "cuda_version")
    if(built MATCHES "cuda_version['\"], *['\"]([0-9.]+)")
      set(SPECTRAL_OPS_TENSORFLOW_CUDA ${CMAKE_MATCH_1})
    endif()
  endif()
endwhile()
list(JOIN SPECTRAL_OPS_TENSORFLOWS ", " SPECTRAL_OPS_TENSORFLOWS)
