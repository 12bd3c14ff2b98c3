echo 'int visible(void); int visible(void) { return 1; }' | cc -shared -fPIC -x c -o other.so - || exit 9
atomloom check-plugin other.so
