# Checks the settings, and brings them into one spelling.

# The value of a setting in upper case, refused where it is none of those allowed.
function(spectral_ops_choice name)
  string(TOUPPER "${${name}}" value)
  foreach(pair "1=ON" "TRUE=ON" "YES=ON" "0=OFF" "FALSE=OFF" "NO=OFF")
    string(REPLACE "=" ";" pair ${pair})
    list(GET pair 0 other)
    if(value STREQUAL other)
      list(GET pair 1 value)
    endif()
  endforeach()
  if(NOT value IN_LIST ARGN)
    list(JOIN ARGN ", " allowed)
    message(FATAL_ERROR "${name}: '${${name}}'; allowed: ${allowed}. In pip's words: "
                        "--config-settings=cmake.define.${name}=..")
  endif()
  set(${name} ${value} PARENT_SCOPE)
endfunction()

spectral_ops_choice(SPECTRAL_OPS_CUDA AUTO ON OFF)
spectral_ops_choice(SPECTRAL_OPS_TF ON OFF)
spectral_ops_choice(SPECTRAL_OPS_CPU ON OFF)
spectral_ops_choice(SPECTRAL_OPS_XLA ON OFF)
spectral_ops_choice(SPECTRAL_OPS_TESTING ON OFF)
if(NOT SPECTRAL_OPS_CPU AND SPECTRAL_OPS_TF)
  message(FATAL_ERROR "SPECTRAL_OPS_CPU=OFF: the TensorFlow ops need the CPU kernels; "
                      "use it with SPECTRAL_OPS_TF=OFF")
endif()
if(NOT SPECTRAL_OPS_CPU AND NOT SPECTRAL_OPS_CUDA STREQUAL "ON")
  message(FATAL_ERROR "SPECTRAL_OPS_CPU=OFF: use it with SPECTRAL_OPS_CUDA=ON, or there are no "
                      "kernels at all")
endif()

string(TOLOWER "${SPECTRAL_OPS_SIMD_TARGETS}" SPECTRAL_OPS_SIMD_TARGETS)
if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(SPECTRAL_OPS_SIMD_TARGETS scalar)
elseif(SPECTRAL_OPS_SIMD_TARGETS STREQUAL "native")
  # The one that the library itself would choose here.
  set(csrc ${PROJECT_SOURCE_DIR}/csrc)
  try_run(exit_status compiles
    SOURCES ${csrc}/cpu/base/simd.cc ${CMAKE_CURRENT_LIST_DIR}/native_target.cc
    CMAKE_FLAGS -DINCLUDE_DIRECTORIES=${csrc}
    COMPILE_DEFINITIONS -DSPECTRAL_OPS_HAS_SCALAR -DSPECTRAL_OPS_HAS_AVX2 -DSPECTRAL_OPS_HAS_AVX512
    CXX_STANDARD 17
    NO_CACHE
    COMPILE_OUTPUT_VARIABLE problem
    RUN_OUTPUT_STDOUT_VARIABLE native)
  if(NOT compiles OR NOT exit_status EQUAL 0)
    message(FATAL_ERROR "SPECTRAL_OPS_SIMD_TARGETS=native: this machine cannot be asked what it "
                        "has: ${problem}")
  endif()
  string(STRIP "${native}" SPECTRAL_OPS_SIMD_TARGETS)
  message(STATUS "CPU kernels: ${SPECTRAL_OPS_SIMD_TARGETS} alone, the best that this processor has")
else()
  foreach(target IN LISTS SPECTRAL_OPS_SIMD_TARGETS)
    if(NOT target MATCHES "^(scalar|avx2|avx512)$")
      message(FATAL_ERROR "SPECTRAL_OPS_SIMD_TARGETS: '${target}'; allowed: scalar, avx2, avx512, or "
                          "native alone")
    endif()
  endforeach()
  if(NOT "scalar" IN_LIST SPECTRAL_OPS_SIMD_TARGETS)
    message(FATAL_ERROR "SPECTRAL_OPS_SIMD_TARGETS: '${SPECTRAL_OPS_SIMD_TARGETS}' has no scalar, "
                        "which every build has that is not for one processor ('native')")
  endif()
endif()
# Under sanitizers one target of vectors stands for both, and threads meet in any target alike.
if(SPECTRAL_OPS_SANITIZE)
  list(REMOVE_ITEM SPECTRAL_OPS_SIMD_TARGETS avx512)
endif()
if(SPECTRAL_OPS_SANITIZE STREQUAL "thread")
  set(SPECTRAL_OPS_SIMD_TARGETS scalar)
endif()
