# a signal between the end of a run and its last page: the page says that the run is over, and then the program ends
cat >p.yaml <<'END'
atomloom: 1
nodes: {first: {op: test.number, params: {value: 3}}}
outputs: {f: first.number}
END
# its standard output is full, so that it stands still once the run is over
python3 - <<'END'
import fcntl, os, signal, subprocess, time
out, full = os.pipe()
size = fcntl.fcntl(full, fcntl.F_SETPIPE_SZ, 4096)
os.write(full, b"." * size)
run = subprocess.Popen(["atomloom", "run", "p.yaml", "--report", "live.html"], stdout=full)
os.close(full)
runs = os.path.join(os.environ["ATOMLOOM_STORE"], "runs")
def still():
    return os.path.exists("live.html") and b"Still running" in open("live.html", "rb").read()
for _ in range(3000):
    if run.poll() is not None or (still() and os.path.isdir(runs) and not os.listdir(runs)): break
    time.sleep(0.01)
time.sleep(0.3)
print("still running, says the page:", still())
run.send_signal(signal.SIGTERM)
time.sleep(0.1)
while os.read(out, 65536): pass
print("exit", run.wait())
END
python3 "$SOURCE/tests/report/page.py" live.html "1 of 1 instance computed"
grep -c "Still running" live.html
grep -c 'http-equiv="refresh"' live.html
