# Flags for SPECTRAL_OPS_SANITIZE, with g++. What is found ends the program.
#
# By itself each check of each access, in loops that are unrolled into functions that Highway forces
# inline, takes the compiler a quarter of an hour and gigabytes for one file of kernels. So: nothing
# is unrolled, Highway forces nothing where it takes that there is no optimization, checks of
# addresses are calls, and what ASan finds as well is not checked twice.
set(SPECTRAL_OPS_OPTIMIZE
  -O1 -g1 -fno-omit-frame-pointer -U__OPTIMIZE__ -fira-region=one
  -fdisable-tree-cunroll -fdisable-tree-cunrolli -fdisable-rtl-loop2_unroll
  -fsanitize=${SPECTRAL_OPS_SANITIZE} -fno-sanitize-recover=all)
if(SPECTRAL_OPS_SANITIZE MATCHES "address")
  list(APPEND SPECTRAL_OPS_OPTIMIZE
    "SHELL:--param asan-instrumentation-with-call-threshold=0"
    -fno-sanitize=null,object-size,pointer-overflow,vptr)
endif()
list(APPEND SPECTRAL_OPS_TUNED work_per_worker=500)  # small calls, too, have several workers
add_link_options(-fsanitize=${SPECTRAL_OPS_SANITIZE})
