function call = loom_call()
  % What atomloom asks of this program: params, inputs, threads, report, folder, ... (docs/sdk.md). Octave 7 or newer.
  call = jsondecode(fread(stdin, Inf, "char=>char")');
end
