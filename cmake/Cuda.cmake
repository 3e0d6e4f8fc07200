# Enables CUDA where it is wanted and to be had:
#   SPECTRAL_OPS_HAS_CUDA             whether it is
#   SPECTRAL_OPS_NO_CUDA              why it is not
#   SPECTRAL_OPS_CUDA_ARCHITECTURES   what is compiled for, as sm_90 (machine code) or compute_90 (PTX)

set(SPECTRAL_OPS_HAS_CUDA OFF)
set(SPECTRAL_OPS_NO_CUDA "")
if(SPECTRAL_OPS_CUDA STREQUAL "OFF")
  set(SPECTRAL_OPS_NO_CUDA "SPECTRAL_OPS_CUDA=OFF")
  return()
endif()

set(least 12.3)
set(problem "")
# CMake itself looks for nvcc on the PATH alone. Whether it works, check_language asks in a project of
# its own, and only where nothing but the environment names it.
if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
  find_package(CUDAToolkit QUIET)
  if(CUDAToolkit_NVCC_EXECUTABLE)
    set(ENV{CUDACXX} ${CUDAToolkit_NVCC_EXECUTABLE})
  endif()
endif()
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES AND NOT DEFINED ENV{CUDAARCHS})
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 90-virtual)
endif()
include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  string(CONCAT problem
    "no nvcc that works with ${CMAKE_CXX_COMPILER}; to mend it, put nvcc >= ${least} on the PATH or "
    "name it in CMAKE_CUDA_COMPILER")
else()
  enable_language(CUDA)
  find_package(CUDAToolkit QUIET)
  set(architectures ${CMAKE_CUDA_ARCHITECTURES})
  if(architectures MATCHES "^(native|all|all-major)$")
    string(TOUPPER ${architectures} group)
    string(REPLACE "-" "_" group ${group})
    set(architectures ${CMAKE_CUDA_ARCHITECTURES_${group}})
  endif()
  if(NOT CMAKE_CUDA_COMPILER_ID STREQUAL "NVIDIA"
     OR CMAKE_CUDA_COMPILER_VERSION VERSION_LESS ${least})
    string(CONCAT problem "${CMAKE_CUDA_COMPILER} is ${CMAKE_CUDA_COMPILER_ID} "
                          "${CMAKE_CUDA_COMPILER_VERSION}; allowed: nvcc >= ${least}")
  elseif(NOT TARGET CUDA::cudart_static)
    string(CONCAT problem "no libcudart_static.a with ${CMAKE_CUDA_COMPILER}; to mend it, install "
                          "the static CUDA runtime of that toolkit")
  elseif(NOT architectures MATCHES "^[0-9]")
    set(problem "CMAKE_CUDA_ARCHITECTURES=native, and no GPU on this machine")
  endif()
  foreach(architecture IN LISTS architectures)
    string(REGEX MATCH "^[0-9]+" number ${architecture})
    if(number AND number LESS 80)
      set(problem "CMAKE_CUDA_ARCHITECTURES has ${architecture}; the kernels need 80 or above")
    endif()
  endforeach()
endif()

if(problem)
  unset(CMAKE_CUDA_COMPILER CACHE)  # the next run looks again
endif()
if(problem AND SPECTRAL_OPS_CUDA STREQUAL "ON")
  message(FATAL_ERROR "SPECTRAL_OPS_CUDA=ON: ${problem}")
elseif(problem)
  message(STATUS "CUDA kernels: off; ${problem}")
  set(SPECTRAL_OPS_NO_CUDA "${problem}")
  return()
endif()

set(SPECTRAL_OPS_HAS_CUDA ON)
set(SPECTRAL_OPS_CUDA_ARCHITECTURES "")
foreach(architecture IN LISTS architectures)
  if(NOT architecture MATCHES "-virtual$")
    string(REGEX REPLACE "^([0-9]+[a-z]?)(-real)?$" "sm_\\1" real ${architecture})
    list(APPEND SPECTRAL_OPS_CUDA_ARCHITECTURES ${real})
  endif()
  if(architecture MATCHES "^([0-9]+[a-z]?)(-virtual)?$")
    list(APPEND SPECTRAL_OPS_CUDA_ARCHITECTURES compute_${CMAKE_MATCH_1})
  endif()
endforeach()
list(JOIN SPECTRAL_OPS_CUDA_ARCHITECTURES " " SPECTRAL_OPS_CUDA_ARCHITECTURES)
message(STATUS "CUDA kernels: nvcc ${CMAKE_CUDA_COMPILER_VERSION} for "
               "${SPECTRAL_OPS_CUDA_ARCHITECTURES}")
string(REGEX MATCH "^[0-9]+" toolkit "${CMAKE_CUDA_COMPILER_VERSION}")
string(REGEX MATCH "^[0-9]+" served "${SPECTRAL_OPS_TENSORFLOW_CUDA}")
if(served AND toolkit GREATER served)
  message(WARNING
    "nvcc ${CMAKE_CUDA_COMPILER_VERSION} is newer than TensorFlow's CUDA "
    "${SPECTRAL_OPS_TENSORFLOW_CUDA}. The kernels will need a driver for CUDA ${toolkit}; with an "
    "older one, TensorFlow finds the GPU and they do not. CUDACXX names another nvcc.")
endif()
