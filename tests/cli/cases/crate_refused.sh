# What is not as it was computed is refused, and nothing of a directory is left.
cp "$SOURCE/tests/cli/sums.yaml" . && echo 1 >data.txt
try() { atomloom crate sums.yaml -o c "$@"; echo "exit $?, there: $(ls | tr '\n' ' ')"; }
echo --- before a run; try
atomloom run sums.yaml -q --set one.file=data.txt
echo --- another file; echo 2 >data.txt; try --set one.file=data.txt
echo --- no file; rm data.txt; try --set one.file=data.txt
echo 1 >data.txt
echo --- no such place; atomloom crate sums.yaml -o nowhere/c --set one.file=data.txt; echo "exit $?"
echo --- there; mkdir c; try --set one.file=data.txt; rmdir c
echo --- its value is gone
find "$ATOMLOOM_STORE/objects" -name '*.h5' -delete; try --set one.file=data.txt
atomloom run sums.yaml -q --set one.file=data.txt
echo --- its value is damaged
flip() { python3 -c 'import sys
for p in sys.argv[1:]: b = bytearray(open(p, "rb").read()); i = b.rfind(b"\x40"); b[i] ^= 1; open(p, "wb").write(b)' "$@"; }
chmod -R u+w "$ATOMLOOM_STORE/objects" && flip $(find "$ATOMLOOM_STORE/objects" -name '*.h5')
try --set one.file=data.txt 2>&1 | sed -E 's,../[0-9a-f]{62},DIGEST,'
atomloom run sums.yaml -q --set one.file=data.txt 2>&1 | sed -E 's,STORE/objects/[^ ]*,OBJECT,g; s,/[^ ]*objects/[^ ]*,OBJECT,g'
echo --- whole; try --set one.file=data.txt && python3 "$SOURCE/tests/cli/crate.py" c | tail -1
