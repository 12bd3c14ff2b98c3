# A flipped bit is found, and the next run repairs it.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml >/dev/null 2>&1
digest=$(atomloom plan sums.yaml --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["outputs"][0]["digest"])')
object=$(find "$ATOMLOOM_STORE/objects" -type f -name "*${digest:4}*")
chmod u+w "$object"
python3 - "$object" <<'END'
import struct, sys
b = bytearray(open(sys.argv[1], "rb").read())
at = b.find(struct.pack("<d", 3.5))
b[at + 3] ^= 1
open(sys.argv[1], "wb").write(b)
END
atomloom cache verify 2>&1 | sed -E "s/$digest/DIGEST/"
atomloom get sums.yaml total -o total.json 2>/dev/null && grep -c 3.5 total.json
atomloom cache verify
