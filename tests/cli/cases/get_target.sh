# What the pipeline reads is never written over, by whatever name; neither is the store.
cp "$SOURCE/tests/cli/sums.yaml" .
cat >p.yaml <<'YAML'
atomloom: 1
nodes:
  one: {op: test.number, params: {value: 1, file: data.json}}
  more: {use: sums.yaml}
YAML
echo '{"precious": 1}' >data.json
ln -s data.json link.json && ln data.json second.json && mkdir sub && ln -s ../sub here
atomloom get p.yaml one.number -o data.json
atomloom get p.yaml one.number -o link.json
atomloom get p.yaml one.number -o second.json
atomloom get p.yaml one.number -o ./sub/../data.json
atomloom get p.yaml one.number -o p.yaml --format json
atomloom get p.yaml one.number -o sums.yaml --format json
atomloom get p.yaml one.number -o "$BUILD/tests/plugins/arithmetic.so" --format json
atomloom get p.yaml one.number -o "$ATOMLOOM_STORE/one.json"
atomloom get p.yaml one.number -o "$ATOMLOOM_STORE/objects/one.json"
atomloom get p.yaml one.number -o sub --format json
atomloom run p.yaml --trace data.json
cat data.json
head -c 11 p.yaml && head -c 11 sums.yaml
atomloom get p.yaml one.number -o other.json 2>/dev/null && ls
