# A file as bytes in a C file:  cmake -DIN=a.js -DOUT=a.c -DNAME=asset_page_js -P embed.cmake
file(READ ${IN} hex HEX)
string(REGEX REPLACE "(................................................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUT} "#include \"report/assets.h\"\nconst unsigned char ${NAME}[] = {\n${bytes}0};\nconst size_t ${NAME}_bytes = sizeof ${NAME} - 1;\n")
