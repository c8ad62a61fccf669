import { crc32, deflateRawSync } from 'node:zlib';

/** An entry of a zip made for a test; `declaredBytes` is what its directory says instead of the truth. */
export interface TestZipEntry {
  name: string;
  content: Buffer | string;
  declaredBytes?: number;
}

/** A zip file as any program writes it, or one that lies. */
export function zipOf(
  entries: readonly TestZipEntry[],
  { countSaid = entries.length, tail = '' } = {},
): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, declaredBytes } of entries) {
    const bytes = Buffer.from(content);
    const stored = deflateRawSync(bytes);
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(crc32(bytes), 0);
    sizes.writeUInt32LE(stored.length, 4);
    sizes.writeUInt32LE(declaredBytes ?? bytes.length, 8);
    // Version 2.0, no flags, deflated, midnight of 1980-01-01.
    const usual = Buffer.from([20, 0, 0, 0, 8, 0, 0, 0, 33, 0]);
    const lengths = Buffer.from([name.length, 0, 0, 0]);
    const local = [Buffer.from('PK\x03\x04', 'latin1'), usual, sizes, lengths, Buffer.from(name), stored];
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([
        Buffer.from('PK\x01\x02', 'latin1'),
        Buffer.from([20, 0]),
        usual,
        sizes,
        lengths,
        place,
        Buffer.from(name),
      ]),
    );
    locals.push(...local);
    offset += Buffer.concat(local).length;
  }
  const names = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(countSaid, 8);
  end.writeUInt16LE(countSaid, 10);
  end.writeUInt32LE(names.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, names, end, Buffer.from(tail)]);
}

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const relationships = 'http://schemas.openxmlformats.org/package/2006/relationships';
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** The parts of a workbook whose one sheet has these rows, as Excel writes them. @param rows what stands in sheetData */
export function workbookParts(rows: string, more = ''): TestZipEntry[] {
  return [
    {
      name: '[Content_Types].xml',
      content: `${xml}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
    },
    {
      name: '_rels/.rels',
      content: `${xml}<Relationships xmlns="${relationships}"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    },
    {
      name: 'xl/workbook.xml',
      content: `${xml}<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Rates" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      content: `${xml}<Relationships xmlns="${relationships}"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    },
    {
      name: 'xl/worksheets/sheet1.xml',
      content: `${xml}${more}<worksheet xmlns="${main}"><sheetData>${rows}</sheetData></worksheet>`,
    },
  ];
}

/** A row of text and numbers as it stands in a sheet. */
export function sheetRow(number: number, cells: readonly (string | number | null)[]): string {
  const written = cells.map((cell, i) => {
    const at = `${String.fromCharCode(65 + i)}${number}`;
    if (cell === null) return '';
    return typeof cell === 'number'
      ? `<c r="${at}"><v>${cell}</v></c>`
      : `<c r="${at}" t="inlineStr"><is><t>${cell}</t></is></c>`;
  });
  return `<row r="${number}">${written.join('')}</row>`;
}
