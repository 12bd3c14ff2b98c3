# A refused plugin file is named with the reason and what to do; its neighbours still serve.
mkdir plugins
echo 'not a shared object' >plugins/text.so
echo 'int nothing;' | cc -shared -fPIC -x c -o plugins/empty.so - || exit 9
atomloom doctor --plugin-dir plugins | sed -n '/^refused/,$p'
exit "${PIPESTATUS[0]}"
