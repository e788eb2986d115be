#!/usr/bin/env node
// Starts the program of the package for this platform, which npm installed beside this one.
"use strict";

const { spawnSync } = require("node:child_process");

const name = `@bklog-lint/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "bklog-lint.exe" : "bklog-lint";

let program;
try {
  program = require.resolve(`${name}/${file}`);
} catch {
  console.error(
    `bklog-lint: there is no program for this platform: the package ${name} is not installed. ` +
      "Install without --omit=optional, or build it with `cargo install bklog-lint`.",
  );
  process.exit(3);
}

const done = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (done.error) {
  console.error(`bklog-lint: ${done.error.message}`);
  process.exit(3);
}
// A program that was killed has no exit code; to die of the same signal tells the caller so.
if (done.signal) {
  process.kill(process.pid, done.signal);
} else {
  process.exit(done.status);
}
