# Without a pipeline, atomloom itself; CITATION.cff and the licence say the same.
atomloom cite >a.bib && cat a.bib && python3 "$SOURCE/tests/cli/bibtex.py" a.bib
python3 - <<'END'
import os, re, subprocess
cff = dict(re.findall(r"^(\w[\w-]*): \"?(.*?)\"?$", open(os.environ["SOURCE"] + "/CITATION.cff").read(), re.M))
bib = dict(re.findall(r"(\w+) = \{(.*)\}", open("a.bib").read()))
bib["version"] = re.sub(r"VERSION", "", bib["version"])
plain = {k: re.sub(r"[{}]", "", v) for k, v in bib.items()}
licence = open(os.environ["SOURCE"] + "/LICENSE").read()
program = subprocess.run(["atomloom", "--version"], capture_output=True, text=True).stdout
print("title:", plain["title"] == cff["title"])
print("version:", plain["version"] == cff["version"] and cff["version"] in program)
print("licence:", plain["license"] == cff["license"])
print("authors:", plain["author"] in open(os.environ["SOURCE"] + "/CITATION.cff").read())
print("year:", f"(c) {plain['year']}" in licence)
END
