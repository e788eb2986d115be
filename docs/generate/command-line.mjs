// The command line, as `--help` of every subcommand says it.

import { fence, output } from './text.mjs'

/** The names below `Commands:` of a help text; `help` itself is left out. */
function subcommands(help) {
  const section = /^Commands:\n((?:(?: {2,}.*)?\n)+)/m.exec(help)
  if (!section) return []
  return [...section[1].matchAll(/^ {2}([a-z][\w-]*)/gm)].map((match) => match[1]).filter((name) => name !== 'help')
}

/** The page: one section for each subcommand, in the order of the help. */
export function commandLine(program) {
  let page = '# Command line\n\nWhat `--help` prints, of every subcommand. `-h` is short for it.\n\n'
  const show = (path, level) => {
    const help = output(program, ...path, '--help')
    page += `${'#'.repeat(level)} ${['bklog-lint', ...path].join(' ')}\n\n${fence('text', help)}\n`
    for (const name of subcommands(help)) show([...path, name], Math.min(level + 1, 4))
  }
  show([], 2)
  return page
}
