# Warnings are errors, with gcc and clang alike. Paths are mapped away so that the same sources give the same bytes anywhere:
# the digest of a plugin file is part of every key.
add_compile_options(-Wall -Wextra -Werror -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wconversion -Wno-sign-conversion
  -fno-math-errno -ffp-contract=fast -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffunction-sections -fdata-sections)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  add_compile_options(-Wno-pass-failed) # an `omp simd` that clang cannot honour is slower, not wrong
endif()
add_link_options(-Wl,--gc-sections)
add_compile_definitions(_GNU_SOURCE)
if(ATOMLOOM_ARCH)
  add_compile_options(-march=${ATOMLOOM_ARCH})
endif()
if(ATOMLOOM_SANITIZE)
  # Instrumented code draws warnings of its own; the ordinary builds are where warnings are errors.
  add_compile_options(-fsanitize=${ATOMLOOM_SANITIZE} -fno-omit-frame-pointer -Wno-error)
  add_link_options(-fsanitize=${ATOMLOOM_SANITIZE})
endif()
if(ATOMLOOM_COVERAGE)
  # Processes of a run end without exit(), so that what they did is counted where they say so (run/worker_process.c).
  add_compile_options(--coverage -O1 -fprofile-update=atomic)
  add_link_options(--coverage)
  add_compile_definitions(ATOMLOOM_COVERAGE)
endif()
# CMake's own flags say NDEBUG. Assertions are on in every build; those of inner loops (kit/assert_hot.h) in debug builds and in
# those with sanitizers.
set(CMAKE_C_FLAGS_RELEASE "-O3 -g1")
if(CMAKE_BUILD_TYPE STREQUAL "Debug" OR ATOMLOOM_SANITIZE)
  add_compile_definitions(LOOM_CHECK_HOT)
endif()
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
