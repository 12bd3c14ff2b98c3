# To the next program, with nothing else on the way; a file's name need not say its format.
cp "$SOURCE/tests/cli/sums.yaml" .
atomloom get sums.yaml total -o - --format json 2>/dev/null | python3 -c 'import json, sys; print(json.load(sys.stdin)["arrays"]["data"]["data"])'
atomloom get sums.yaml total -o - --format npy | head -c 6 | tail -c 5
echo
atomloom get sums.yaml total -o - --format h5 >total.h5 && atomloom show total.h5 | head -n 1
mkfifo pipe.h5
cat pipe.h5 >copy.h5 &
atomloom get sums.yaml total -o pipe.h5 && wait && cmp copy.h5 total.h5 && test -p pipe.h5 && echo a pipe stays one
atomloom get sums.yaml total -o plain --format .JSON && head -c 1 plain
atomloom get sums.yaml total -o TOTAL.JSON && cmp plain TOTAL.JSON
atomloom get sums.yaml total -o -
atomloom get sums.yaml total -o /dev/full --format json
