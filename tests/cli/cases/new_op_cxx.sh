# An op in C++ builds out of tree and passes its own tests.
atomloom new op mylab.sharpen --language c++ >said && cd mylab.sharpen || exit 9
cmake -B build -DCMAKE_PREFIX_PATH="$BUILD" -DCMAKE_CXX_FLAGS="-Wpedantic -Werror" >log 2>&1 && cmake --build build >>log 2>&1 && ctest --test-dir build --output-on-failure >>log 2>&1 || { cat log; exit 8; }
atomloom describe mylab.sharpen --plugin-dir build | head -3
ls
