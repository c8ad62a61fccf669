import type { SKRSContext2D } from '@napi-rs/canvas';
import { directionOf } from '@weighgate/protocol';
import type { BillDocument, DocumentColumn, DocumentFact, DocumentTable } from './bill-document.ts';
import { filledText } from './filled-text.ts';

/** A4 in points. */
export const PAGE = { width: 595, height: 842 } as const;
const MARGIN = 42;
const INNER = PAGE.width - 2 * MARGIN;
/** Where the footer begins, and what stands above it ends. */
const FLOOR = PAGE.height - 58;
const LINE_HEIGHT = 1.4;
const CELL_PADDING = 4;
const [INK, GREY, RULE, SHADE] = ['#16191d', '#5b6470', '#c3c9d1', '#f1f3f5'] as const;

/** The families that are registered; each letter comes from the first that has it. */
export const FONT_FAMILIES = ['Weighgate Latin', 'Weighgate Hebrew', 'Weighgate Arabic'] as const;

type Canvas = Pick<
  SKRSContext2D,
  'direction' | 'textBaseline' | 'textAlign' | 'fillStyle' | 'font' | 'fillText' | 'fillRect' | 'measureText'
>;

/** Something that stands on one page and is not parted: how high it is, and how it is drawn with its top at `y`. */
interface Block {
  height: number;
  draw: (canvas: Canvas, y: number) => void;
  /** Drawn again at the top of a page that goes on with this table. */
  header?: Block;
}

interface Style {
  size: number;
  weight: 400 | 700;
  colour: string;
}
const plain: Style = { size: 9, weight: 400, colour: INK };
const small: Style = { size: 7.6, weight: 400, colour: INK };
const quiet: Style = { size: 8, weight: 400, colour: GREY };

/**
 * Sets a document on pages of A4.
 * @param measuring a canvas to measure on
 * @returns how each page is drawn, in order
 */
export function pagesOf(document: BillDocument, measuring: Canvas): ((canvas: Canvas) => void)[] {
  const layout = layoutOf(document, measuring);
  const blocks = layout.blocks();
  const pages: { block: Block; y: number }[][] = [[]];
  let y = MARGIN;
  for (const block of blocks) {
    if (y + block.height > FLOOR && y > MARGIN) {
      y = MARGIN;
      pages.push([]);
      if (block.header !== undefined) {
        pages.at(-1)?.push({ block: block.header, y });
        y += block.header.height;
      }
    }
    pages.at(-1)?.push({ block, y });
    y += block.height;
  }
  return pages.map((page, i) => (canvas) => {
    prepare(canvas, document);
    for (const { block, y: top } of page) block.draw(canvas, top);
    layout.footer(canvas, i + 1, pages.length);
  });
}

function prepare(canvas: Canvas, { language }: BillDocument): void {
  canvas.direction = directionOf(language);
  canvas.textBaseline = 'top';
}

function layoutOf(document: BillDocument, measuring: Canvas) {
  const isRightToLeft = directionOf(document.language) === 'rtl';
  prepare(measuring, document);

  /** Where something begins that is `from` from the side where lines begin and `width` wide; as left edge. */
  const leftOf = (from: number, width: number) => MARGIN + (isRightToLeft ? INNER - from - width : from);

  function rowsWithin(text: string, width: number, style: Style): string[] {
    useStyle(measuring, style);
    return wrapped(measuring, text, width);
  }

  function write(
    canvas: Canvas,
    rows: readonly string[],
    at: { y: number; from: number; width: number; align: DocumentColumn['align'] | 'end' },
    style: Style,
  ): void {
    useStyle(canvas, style);
    const left = leftOf(at.from, at.width);
    const atLeft = at.align !== 'number' && (at.align === 'start') !== isRightToLeft;
    canvas.textAlign = atLeft ? 'left' : 'right';
    for (const [i, row] of rows.entries()) {
      canvas.fillText(row, atLeft ? left : left + at.width, at.y + i * style.size * LINE_HEIGHT);
    }
  }

  const heightOf = (rows: readonly string[], { size }: Style) => rows.length * size * LINE_HEIGHT;
  const gap = (height: number): Block => ({ height, draw: () => undefined });

  function text(content: string, style: Style): Block {
    const rows = rowsWithin(content, INNER, style);
    return {
      height: heightOf(rows, style),
      draw: (canvas, y) => write(canvas, rows, { y, from: 0, width: INNER, align: 'start' }, style),
    };
  }

  function head(): Block {
    const title: Style = { size: 20, weight: 700, colour: INK };
    const [titleWidth, factsWidth] = [INNER * 0.46, INNER * 0.5];
    const titleRows = rowsWithin(document.title, titleWidth, title);
    const subtitleRows = rowsWithin(document.subtitle, titleWidth, quiet);
    const facts = factBlock(document.facts, INNER - factsWidth, factsWidth);
    const below = heightOf(titleRows, title) + 2;
    return {
      height: Math.max(below + heightOf(subtitleRows, quiet), facts.height),
      draw: (canvas, y) => {
        write(canvas, titleRows, { y, from: 0, width: titleWidth, align: 'start' }, title);
        write(canvas, subtitleRows, { y: y + below, from: 0, width: titleWidth, align: 'start' }, quiet);
        facts.draw(canvas, y);
      },
    };
  }

  /** Labels and values in two columns of one box. */
  function factBlock(facts: readonly DocumentFact[], from: number, width: number): Block {
    const labelWidth = width * 0.42;
    const valueWidth = width - labelWidth - 6;
    const set = facts.map(({ label, value }) => ({
      label: rowsWithin(label, labelWidth, quiet),
      value: rowsWithin(value, valueWidth, plain),
    }));
    const heights = set.map(
      ({ label, value }) => Math.max(heightOf(label, quiet), heightOf(value, plain)) + 2,
    );
    return {
      height: heights.reduce((sum, height) => sum + height, 0),
      draw: (canvas, top) => {
        let y = top;
        for (const [i, { label, value }] of set.entries()) {
          write(canvas, label, { y: y + 0.7, from, width: labelWidth, align: 'start' }, quiet);
          write(canvas, value, { y, from: from + labelWidth + 6, width: valueWidth, align: 'start' }, plain);
          y += heights[i] ?? 0;
        }
      },
    };
  }

  function parties(): Block {
    const strong: Style = { size: 10.5, weight: 700, colour: INK };
    const width = INNER / 2 - 12;
    const set = document.parties.map(({ role, name, details }) => ({
      role: rowsWithin(role, width, quiet),
      name: rowsWithin(name, width, strong),
      details: details.flatMap((one) => rowsWithin(one, width, plain)),
    }));
    const heights = set.map(
      ({ role, name, details }) => heightOf(role, quiet) + heightOf(name, strong) + heightOf(details, plain),
    );
    return {
      height: 12 + Math.max(...heights),
      draw: (canvas, top) => {
        canvas.fillStyle = RULE;
        canvas.fillRect(MARGIN, top, INNER, 0.8);
        for (const [i, { role, name, details }] of set.entries()) {
          const at = { from: i * (INNER / 2 + 12), width, align: 'start' } as const;
          let y = top + 10;
          write(canvas, role, { ...at, y }, quiet);
          y += heightOf(role, quiet);
          write(canvas, name, { ...at, y }, strong);
          y += heightOf(name, strong);
          write(canvas, details, { ...at, y }, plain);
        }
      },
    };
  }

  function tableRow(
    columns: readonly DocumentColumn[],
    cells: readonly string[],
    style: Style,
    fill: string | null,
  ): Block {
    let from = 0;
    const set = columns.map((column, i) => {
      const width = column.share * INNER;
      const inner = width - 2 * CELL_PADDING;
      const cell = {
        rows: rowsWithin(cells[i] ?? '', inner, style),
        from: from + CELL_PADDING,
        width: inner,
      };
      from += width;
      return { ...cell, align: column.align };
    });
    const height = Math.max(...set.map(({ rows }) => heightOf(rows, style))) + 2 * CELL_PADDING - 1;
    return {
      height,
      draw: (canvas, y) => {
        if (fill !== null) {
          canvas.fillStyle = fill;
          canvas.fillRect(MARGIN, y, INNER, height);
        }
        for (const { rows, ...at } of set) write(canvas, rows, { ...at, y: y + CELL_PADDING }, style);
        canvas.fillStyle = RULE;
        canvas.fillRect(MARGIN, y + height - 0.5, INNER, 0.5);
      },
    };
  }

  function table({ title, columns, rows }: DocumentTable, style: Style): Block[] {
    const heading = tableRow(
      columns,
      columns.map((column) => column.heading),
      { ...style, size: Math.min(style.size, 7.6), weight: 700 },
      SHADE,
    );
    const titleBlock = text(title, { size: 11, weight: 700, colour: INK });
    // A title never stands alone at the end of a page.
    const together: Block = {
      height: titleBlock.height + 4 + heading.height,
      draw: (canvas, y) => {
        titleBlock.draw(canvas, y);
        heading.draw(canvas, y + titleBlock.height + 4);
      },
    };
    const [first, ...rest] = rows.map((cells) => tableRow(columns, cells, style, null));
    if (first === undefined) return [together];
    return [
      {
        height: together.height + first.height,
        draw: (canvas, y) => {
          together.draw(canvas, y);
          first.draw(canvas, y + together.height);
        },
      },
      ...rest.map((row) => ({ ...row, header: heading })),
    ];
  }

  function totals(): Block {
    const width = INNER * 0.46;
    const from = INNER - width;
    const strong: Style = { size: 11.5, weight: 700, colour: INK };
    const set = document.totals.map(({ label, value, isStrong }) => {
      const style = isStrong ? strong : plain;
      return { label, value, style, height: style.size * LINE_HEIGHT + (isStrong ? 10 : 3) };
    });
    return {
      height: set.reduce((sum, { height }) => sum + height, 0),
      draw: (canvas, top) => {
        let y = top;
        for (const { label, value, style, height } of set) {
          const inset = style === strong ? 5 : 0;
          if (style === strong) {
            canvas.fillStyle = SHADE;
            canvas.fillRect(leftOf(from, width), y, width, height);
          }
          const half = width / 2 - CELL_PADDING;
          const at = { y: y + inset, width: half };
          write(canvas, [label], { ...at, from: from + CELL_PADDING, align: 'start' }, style);
          write(canvas, [value], { ...at, from: from + CELL_PADDING + half, align: 'number' }, style);
          y += height;
        }
      },
    };
  }

  return {
    blocks: (): Block[] => [
      head(),
      gap(16),
      parties(),
      gap(18),
      ...table(document.lines, plain),
      gap(10),
      totals(),
      gap(16),
      ...document.notes.map((note) => text(note, quiet)),
      ...(document.deliveries === null ? [] : [gap(18), ...table(document.deliveries, small)]),
    ],
    footer: (canvas: Canvas, page: number, pages: number): void => {
      const y = FLOOR + 22;
      canvas.fillStyle = RULE;
      canvas.fillRect(MARGIN, y - 8, INNER, 0.5);
      const pageText = filledText(document.pageText, page, pages);
      write(canvas, [document.footer], { y, from: 0, width: INNER * 0.7, align: 'start' }, quiet);
      write(canvas, [pageText], { y, from: INNER * 0.7, width: INNER * 0.3, align: 'end' }, quiet);
    },
  };
}

function useStyle(canvas: Canvas, { size, weight, colour }: Style): void {
  canvas.font = `${weight} ${size}px ${FONT_FAMILIES.map((family) => `"${family}"`).join(', ')}`;
  canvas.fillStyle = colour;
}

/** Text broken at blanks into rows of at most `width`, and within a word that is longer. */
function wrapped(canvas: Canvas, text: string, width: number): string[] {
  const fits = (row: string) => canvas.measureText(row).width <= width;
  const rows: string[] = [];
  for (const word of text.split(' ').flatMap((one) => (fits(one) ? [one] : cut(one, fits)))) {
    const last = rows.at(-1);
    if (last !== undefined && fits(`${last} ${word}`)) rows.splice(-1, 1, `${last} ${word}`);
    else rows.push(word);
  }
  return rows;
}

/** A word in pieces that fit, cut between characters as people see them. */
function cut(word: string, fits: (row: string) => boolean): string[] {
  const pieces: string[] = [];
  for (const { segment } of graphemes.segment(word)) {
    const last = pieces.at(-1);
    if (last !== undefined && fits(last + segment)) pieces.splice(-1, 1, last + segment);
    else pieces.push(segment);
  }
  return pieces;
}
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
