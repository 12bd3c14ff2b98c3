# An op in Octave passes its own tests where Octave is.
atomloom new op mylab.sharpen --language octave | head -3 && cd mylab.sharpen || exit 9
ls
if command -v octave-cli >/dev/null; then bash test.sh >log 2>&1 || { cat log; exit 8; }; fi
atomloom describe mylab.sharpen --plugin-dir . | head -3
