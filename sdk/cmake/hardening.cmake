# What a program that reads foreign files and loads shared objects should be built with. tests/house/hardening.sh reads it off the
# binaries. Sanitizer builds have checks of their own, and FORTIFY needs an optimising build.
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)
# No search path in any binary: an empty element of a RUNPATH means the current directory, so a library lying next to a data file
# would be executed.
set(CMAKE_SKIP_RPATH ON)
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
add_compile_options(-fstack-protector-strong)
if(NOT ATOMLOOM_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options(-U_FORTIFY_SOURCE)
  add_compile_definitions(_FORTIFY_SOURCE=3)
endif()
