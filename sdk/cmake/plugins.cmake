# atomloom_add_plugin(reconstruct.resire [SOURCES a.c b.c] [LIBRARIES ...])
#
# One op, one shared object: reconstruct.resire is made from resire.c unless SOURCES says otherwise. The kit is linked in
# statically and only what is used stays, so a change of the kit changes just the plugins it concerns. -z,defs refuses a plugin
# with an undefined symbol: an op reaches the host through its call alone.
function(atomloom_add_plugin id)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_SOURCES)
    string(REGEX REPLACE "^.*\\." "" arg_SOURCES ${id})
    set(arg_SOURCES ${arg_SOURCES}.c)
  endif()
  add_library(${id} MODULE ${arg_SOURCES})
  set_target_properties(${id} PROPERTIES PREFIX "" OUTPUT_NAME ${id} SUFFIX ".so" C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON SKIP_BUILD_RPATH ON
    LIBRARY_OUTPUT_DIRECTORY ${ATOMLOOM_PLUGIN_OUTPUT})
  target_link_libraries(${id} PRIVATE loomkit ${arg_LIBRARIES} OpenMP::OpenMP_C m)
  target_link_options(${id} PRIVATE -Wl,--exclude-libs,ALL,-z,relro,-z,now,-z,noexecstack)
  if(NOT ATOMLOOM_SANITIZE)
    target_link_options(${id} PRIVATE -Wl,-z,defs)
  endif()
  if(arg_SOURCES MATCHES "\\.(cpp|cc|cxx)(;|$)") # templates of the standard library are visible whatever is asked for
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${id}.map "{ global: loom_plugin_v1; local: *; };\n")
    target_link_options(${id} PRIVATE -Wl,--version-script=${CMAKE_CURRENT_BINARY_DIR}/${id}.map)
  endif()
  install(TARGETS ${id} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/atomloom/plugins)
  set_property(GLOBAL APPEND PROPERTY ATOMLOOM_PLUGINS ${id})
endfunction()
