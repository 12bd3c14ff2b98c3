# --only narrows an axis: outputs and gathers leave the other points out, the stage before is computed where it is needed.
cat >p.yaml <<'END'
atomloom: 1
axes: {minutes: [0, 30, 60]}
nodes:
  one: {op: test.number, params: {value: "${minutes}"}}
  pair: {op: test.sum, in: {terms: ["one.number[minutes-1]", one.number]}}
  total: {op: test.sum, in: {terms: "pair.sum[*]"}}
outputs: {one: one.number, pair: pair.sum, total: total.sum, first: "one.number[minutes=0]"}
END
echo "-- what is asked for, and what it refers to"
atomloom run p.yaml --jobs 1 --only minutes=30 2>/dev/null
atomloom plan p.yaml --only minutes=30
echo "-- the same keys as in the whole run: only what is new runs"
atomloom run p.yaml --jobs 1 2>/dev/null | tail -1
atomloom run p.yaml --jobs 1 --only minutes=30,6e1 2>/dev/null | tail -1
echo "-- one point left is what a name means"
atomloom get p.yaml pair --only minutes=60 -o pair.npy
atomloom show p.yaml pair.sum --only minutes=60 | head -1
atomloom log p.yaml one --only minutes=60
atomloom why p.yaml total --only minutes=30 | grep -c value:
echo "-- refused"
for o in minute=30 minutes=31 minutes minutes= 'minutes=[[1]]'; do atomloom plan p.yaml --only "$o"; done
atomloom plan p.yaml --only minutes=30 --only minutes=60
sed 's/, first:.*/}/; s/one: one.number, pair: pair.sum, //' p.yaml >q.yaml
atomloom plan q.yaml --only minutes=0
