# A value of one's own as input; a file that is none is named.
echo 'a,b' >t.csv
echo '1,2' >>t.csv
cat >p.yaml <<'END'
atomloom: 1
title: a table
nodes:
  t: {op: io.read_csv, params: {file: t.csv}}
outputs: {t: t.table}
END
atomloom run p.yaml >said && atomloom get p.yaml t -o t.h5 >said || exit 9
atomloom check-plugin "$BUILD/lib/atomloom/plugins/table.write_markdown.so" --input table.write_markdown.table=t.h5 --brief
atomloom check-plugin "$BUILD/lib/atomloom/plugins/table.write_markdown.so" --input table.write_markdown.table=nothing.h5 --brief
