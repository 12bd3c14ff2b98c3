# A file that get wrote holds its digest: changed since, it is refused; without the attribute it is a file like any other.
cat >p.yaml <<'EOF'
atomloom: 1
nodes: {one: {op: test.number, params: {value: 3}}}
EOF
atomloom get p.yaml one.number -o o.h5
atomloom show o.h5 | head -n 3
cp o.h5 changed.h5
python3 - <<'EOF'
import struct
b = bytearray(open("changed.h5", "rb").read())
at = b.index(struct.pack("<d", 3.0))
b[at:at + 8] = struct.pack("<d", 4.0)
open("changed.h5", "wb").write(b)
EOF
atomloom show changed.h5; echo "exit $?"
