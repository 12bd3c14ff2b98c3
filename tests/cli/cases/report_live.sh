# the page of a run that goes on is whole at every moment: each is a file of its own in the place of the last one
cat >p.yaml <<'END'
atomloom: 1
nodes:
  first: {op: test.number, params: {value: 3}}
  slow: {op: test.misbehave, params: {how: sleep, seconds: 60}}
outputs: {o: slow.out, f: first.number}
END
echo "what was there before" >live.html
atomloom run p.yaml --report live.html --quiet 2>/dev/null &
run=$!
exec 3<live.html
for i in $(seq 1000); do grep -qx "what was there before" live.html || break; sleep 0.02; done
exec 4<live.html
first=$(stat -L -c %i /dev/fd/4)
kill -TERM $run
wait $run
echo "exit $?"
cat <&3
cat <&4 >first.html
python3 "$SOURCE/tests/report/page.py" first.html "Still running: " " of 2 instances computed" "not computed yet"
grep -c 'http-equiv="refresh"' first.html
[ "$(stat -c %i live.html)" != "$first" ] && echo "another file"
python3 "$SOURCE/tests/report/page.py" live.html " of 2 instances computed"
grep -c 'http-equiv="refresh"' live.html
ls -A
