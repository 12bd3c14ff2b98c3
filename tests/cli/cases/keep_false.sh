# what a node with keep: false gives leaves the store when its readers are done, and never what others keep
verify() { atomloom cache verify 2>&1 | grep -v "outputs of\|missing"; echo "status ${PIPESTATUS[0]}"; }
objects() { echo "$(find "$ATOMLOOM_STORE/objects" -type f | wc -l) values"; }
cat >p.yaml <<'END'
atomloom: 1
nodes:
  raw: {op: test.number, params: {value: 7}, keep: false}
  mid: {op: test.sum, in: {terms: [raw.number]}, params: {add: 10}, keep: false}
  end: {op: test.sum, in: {terms: [mid.sum, raw.number]}, params: {add: 100}}
outputs: {end: end.sum}
END
sed 's/, keep: false//; s/end: end.sum/end: end.sum, raw: raw.number/' p.yaml >keeps.yaml
sed 's/add: 100/add: 200/' p.yaml >other.yaml
echo "one is left of three"
atomloom run p.yaml --quiet && objects
echo "a second run has nothing to do, and verify finds nothing wrong"
atomloom run p.yaml | tail -n 1
verify
echo "why what is gone runs again"
atomloom plan p.yaml --set end.add=101 | sed "s/ (about.*//"
echo "made again when asked for, and then kept until somebody else asks"
atomloom get p.yaml mid.sum -o mid.data.npy 2>&1 | tail -n 1
objects
echo "the outputs of another pipeline stay"
atomloom run keeps.yaml --quiet && objects
atomloom run p.yaml --force raw --force mid --force end --quiet && objects
atomloom show keeps.yaml raw | grep -c digest
rm -r "$ATOMLOOM_STORE"
echo "two runs at the same time"
sed -i 's/add: 100}/add: 100, seconds: 0.5}/' p.yaml
sed -i 's/add: 200}/add: 200, seconds: 0.5}/' other.yaml
atomloom run p.yaml --quiet & first=$!
atomloom run other.yaml --quiet
wait $first
atomloom run p.yaml | tail -n 1
atomloom run other.yaml | tail -n 1
verify | sed "s/^[0-9]* value/N value/; s/values/value/"
rm -r "$ATOMLOOM_STORE"
echo "killed between"
sed -i 's/seconds: 0.5/seconds: 60/' p.yaml
(atomloom run p.yaml --quiet & echo $! >pid; wait) 2>killed &
for i in $(seq 500); do [ "$(objects 2>&1)" = "2 values" ] && break; sleep 0.02; done
kill -KILL "$(cat pid)"
wait
verify
sed -i 's/, seconds: 60//' p.yaml
atomloom run p.yaml --quiet && atomloom run p.yaml | tail -n 1
verify
echo "what is no answer"
sed -i 's/keep: false/keep: perhaps/' p.yaml
atomloom plan p.yaml
