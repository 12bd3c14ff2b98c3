# An op in Python passes its own tests where numpy and h5py are; another language is refused.
atomloom new op mylab.sharpen --language python | head -3 && cd mylab.sharpen || exit 9
ls
mkdir bin && ln -s /usr/bin/python3 bin/python3 && export PATH="$PWD/bin:$PATH"
if python3 -c 'import numpy, h5py' 2>/dev/null; then bash test.sh >log 2>&1 || { cat log; exit 8; }; fi
atomloom describe mylab.sharpen --plugin-dir . | head -3
atomloom new op mylab.other --language cobol
