# embed(target name file): the file's bytes become `extern const char aci_embedded_NAME[]` and `..._size`, through the
# assembler's .incbin, which costs no compile time however large the file. #include "base/embedded.hpp" reads them.
function(embed target name file)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.S)
  get_filename_component(path ${file} ABSOLUTE)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
  .section .rodata
  .global aci_embedded_@name@
  .global aci_embedded_@name@_end
  .balign 16
aci_embedded_@name@:
  .incbin "@path@"
aci_embedded_@name@_end:
  .byte 0
  .section .note.GNU-stack,"",%progbits
]])
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS ${path})
  target_sources(${target} PRIVATE ${source})
endfunction()
