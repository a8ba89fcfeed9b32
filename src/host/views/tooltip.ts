import { MarkdownString } from 'vscode';
import { markdownText } from '../../shared/hostileText.js';
import type { Row } from '../model/item.js';

/** A title and lines under it. Everything is shown letter by letter; nothing in it can be run. */
export function tooltipOf(title: string, rows: readonly Row[], note = ''): MarkdownString {
  const tooltip = new MarkdownString();
  tooltip.appendMarkdown(`**${markdownText(title)}**\n\n`);
  tooltip.appendMarkdown(rows.map(({ label, value }) => `${markdownText(label)}: ${markdownText(value)}`).join('  \n'));
  if (note !== '') {
    tooltip.appendMarkdown(`\n\n*${markdownText(note)}*`);
  }
  return tooltip;
}
