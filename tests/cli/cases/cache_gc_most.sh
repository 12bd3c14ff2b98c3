# A number without its unit is refused, and more than half of a store is removed only where somebody says so.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom run sums.yaml >/dev/null 2>&1
sizes() { sed -E 's/[0-9.]+ [KM]?i?B/SIZE/g'; }
atomloom cache gc --max-size 10
atomloom cache gc --older-than 30
atomloom run sums.yaml --memory 8
atomloom run sums.yaml --time 30
atomloom cache gc --max-size 10B 2>&1 | sizes
atomloom cache gc --max-size 5KiB --dry-run | sizes
atomloom cache ls | tail -n 1 | sizes
answer() { # on a terminal
  python3 - "$@" <<'PY'
import os, pty, sys
word, *command = sys.argv[1:]
pid, fd = pty.fork()
if not pid:
    os.execvp(command[0], command)
out = b""
try:
    while b"[y/N] " not in out:
        out += os.read(fd, 1000)
    os.write(fd, word.encode() + b"\n")
    while True:
        out += os.read(fd, 1000)
except OSError:
    pass
print(out.decode().replace("\r", ""), end="")
print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
}
answer no atomloom cache gc --max-size 0 | sizes
answer '' atomloom cache gc --max-size 0 | sizes
atomloom cache ls | tail -n 1 | sizes
answer y atomloom cache gc --max-size 0 | sizes
atomloom run sums.yaml >/dev/null 2>&1
atomloom cache gc --max-size 0 -y | sizes
