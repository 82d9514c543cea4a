// Runs failing.rb in the WebAssembly build of a newer Ruby and prints its exception as Ruby words it: node ruby_wasm.mjs <package> <kind>.
import fs from "node:fs";
import { DefaultRubyVM } from "@ruby/wasm-wasi/dist/node";

const [, , name, kind] = process.argv;
const { vm } = await DefaultRubyVM(await WebAssembly.compile(fs.readFileSync(`node_modules/${name}/dist/ruby+stdlib.wasm`)));
vm.eval(`
  ARGV.replace([${JSON.stringify(kind)}])
  begin
    eval(${JSON.stringify(fs.readFileSync("failing.rb", "utf8")).replaceAll("#{", "\\#{")}, TOPLEVEL_BINDING, "failing.rb", 1)
  rescue Exception => error
    warn error.full_message(highlight: false, order: :top)
  end
`);
