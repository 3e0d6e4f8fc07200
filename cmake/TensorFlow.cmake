# Finds TensorFlow without importing it, and the header libraries that its package ships:
#   TensorFlow::framework      headers and libtensorflow_framework (SPECTRAL_OPS_TF=ON)
#   spectral_ops::highway      Google Highway's headers (SPECTRAL_OPS_CPU=ON)
#   SPECTRAL_OPS_TENSORFLOW_VERSION

set(SPECTRAL_OPS_TENSORFLOW_VERSION "")
if(SPECTRAL_OPS_TF OR (SPECTRAL_OPS_CPU AND NOT SPECTRAL_OPS_THIRD_PARTY_DIR))
  execute_process(
    COMMAND ${Python_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/find_tensorflow.py
            ${SPECTRAL_OPS_TENSORFLOW_DIR}
    OUTPUT_VARIABLE found ERROR_VARIABLE problem RESULT_VARIABLE result
    OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR
      "${problem}\nTo build the kernels without TensorFlow: -DSPECTRAL_OPS_TF=OFF "
      "-DSPECTRAL_OPS_THIRD_PARTY_DIR=<a folder with com_google_highway/>")
  endif()
  list(GET found 0 tensorflow_dir)
  list(GET found 1 SPECTRAL_OPS_TENSORFLOW_VERSION)
  message(STATUS "TensorFlow ${SPECTRAL_OPS_TENSORFLOW_VERSION} in ${tensorflow_dir}")
  if(NOT SPECTRAL_OPS_THIRD_PARTY_DIR)
    set(SPECTRAL_OPS_THIRD_PARTY_DIR ${tensorflow_dir}/include/external)
  endif()
endif()

if(SPECTRAL_OPS_TF)
  if(NOT SPECTRAL_OPS_TENSORFLOW_VERSION MATCHES "^2\\.21\\.")
    message(FATAL_ERROR "TensorFlow ${SPECTRAL_OPS_TENSORFLOW_VERSION} in ${tensorflow_dir}; "
                        "allowed: 2.21. To mend it: pip install 'tensorflow-cpu~=2.21.0'")
  endif()
  add_library(TensorFlow::framework SHARED IMPORTED)
  set_target_properties(TensorFlow::framework PROPERTIES
    IMPORTED_LOCATION ${tensorflow_dir}/libtensorflow_framework.so.2
    IMPORTED_SONAME libtensorflow_framework.so.2)
  target_include_directories(TensorFlow::framework SYSTEM INTERFACE ${tensorflow_dir}/include)
  target_compile_definitions(TensorFlow::framework INTERFACE
    _GLIBCXX_USE_CXX11_ABI=1 EIGEN_MAX_ALIGN_BYTES=64)
  # Paths of headers that end up in messages.
  target_compile_options(TensorFlow::framework INTERFACE
    -ffile-prefix-map=${tensorflow_dir}=tensorflow)
else()
  set(SPECTRAL_OPS_TENSORFLOW_VERSION "")
endif()

if(NOT SPECTRAL_OPS_CPU)
  return()
endif()
set(highway_dir ${SPECTRAL_OPS_THIRD_PARTY_DIR}/com_google_highway)
if(NOT EXISTS ${highway_dir}/hwy/highway.h)
  message(FATAL_ERROR "SPECTRAL_OPS_THIRD_PARTY_DIR: ${SPECTRAL_OPS_THIRD_PARTY_DIR} has no "
                      "com_google_highway/hwy/highway.h")
endif()
add_library(spectral_ops_highway INTERFACE)
add_library(spectral_ops::highway ALIAS spectral_ops_highway)
target_include_directories(spectral_ops_highway SYSTEM INTERFACE ${highway_dir})
target_compile_definitions(spectral_ops_highway INTERFACE
  HWY_HEADER_ONLY HWY_DISABLE_PCLMUL_AES)
