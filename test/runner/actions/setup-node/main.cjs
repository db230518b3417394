const { execFileSync } = require("node:child_process");

const version = execFileSync("node", ["--version"], { encoding: "utf8" }).trim();
console.log(`asked for ${process.env["INPUT_NODE-VERSION"] || "any"}, the machine has ${version}`);
