// Diagrams: Graphviz lays them out, in colours that hold on a light and on a dark page.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { instance } from '@viz-js/viz'

/** Writes one SVG for every .dot file. */
export async function diagrams(from, to) {
  const viz = await instance()
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from).filter((name) => name.endsWith('.dot'))) {
    const svg = viz.renderString(readFileSync(join(from, name), 'utf8'), { format: 'svg' })
    writeFileSync(join(to, `${basename(name, '.dot')}.svg`), svg)
  }
}
