import { parseAst } from 'vitest/node';

/** One source file: its path from the root of the workspace, with `/`, and what stands in it. */
export interface SourceFile {
  path: string;
  text: string;
}

/** One import, re-export, `import()` or imported type, at a line counted from 1. */
export interface Import {
  line: number;
  specifier: string;
  /** It leaves nothing behind when the types are stripped. */
  typeOnly: boolean;
}

/** One use of the machine's own time, chance or environment. */
export interface AmbientUse {
  line: number;
  name: string;
}

export interface SourceFacts {
  imports: Import[];
  ambientUses: AmbientUse[];
}

const importing = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
];
const ambientCalls = ['setTimeout', 'setInterval', 'randomUUID', 'Date'];
const ambientMembers = [
  'Date.now',
  'Math.random',
  'Temporal.Now',
  'crypto.randomUUID',
  'process.env',
  'globalThis.setTimeout',
  'globalThis.setInterval',
];
const ambientImports: Readonly<Record<string, readonly string[]>> = {
  'node:crypto': ['randomUUID'],
  'node:process': ['env'],
  'node:timers': ['setTimeout', 'setInterval'],
  'node:timers/promises': ['setTimeout', 'setInterval'],
};

/** What a file imports and which ambient effects it uses, by its syntax tree; undefined when it does not parse. */
export function sourceFactsOf({ path, text }: SourceFile): SourceFacts | undefined {
  const program = parse(path, text);
  if (program === undefined) return undefined;
  const facts: SourceFacts = { imports: [], ambientUses: [] };
  for (const node of nodesOf(program)) {
    const line = text.slice(0, node.start).split('\n').length;
    const specifier = importing.includes(node.type) ? textOf(node.source) : undefined;
    if (specifier !== undefined) facts.imports.push({ line, specifier, typeOnly: isTypeOnly(node) });
    for (const name of ambientNamesOf(node)) facts.ambientUses.push({ line, name });
  }
  return facts;
}

function ambientNamesOf(node: Node): string[] {
  switch (node.type) {
    case 'CallExpression': {
      const callee = nameOf(node.callee);
      return callee !== undefined && ambientCalls.includes(callee) ? [`${callee}()`] : [];
    }
    case 'NewExpression': {
      const isNow = Array.isArray(node.arguments) && node.arguments.length === 0;
      return isNow && nameOf(node.callee) === 'Date' ? ['new Date()'] : [];
    }
    case 'MemberExpression': {
      const member = `${nameOf(node.object)}.${nameOf(node.property) ?? textOf(node.property)}`;
      return ambientMembers.includes(member) ? [member] : [];
    }
    case 'ImportDeclaration': {
      const ambient = ambientImports[textOf(node.source) ?? ''] ?? [];
      const specifiers = Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : [];
      const imported = specifiers.map((specifier) => nameOf(specifier.imported));
      return ambient.filter((name) => imported.includes(name));
    }
    default:
      return [];
  }
}

function isTypeOnly(node: Node): boolean {
  return node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type';
}

type Node = { type: string; start: number } & Record<string, unknown>;

function parse(path: string, text: string): unknown {
  const lang = path.endsWith('.tsx') ? 'tsx' : path.endsWith('.ts') ? 'ts' : 'js';
  try {
    return parseAst(text, { lang }, path);
  } catch {
    return undefined;
  }
}

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item);
  if (!isNode(value)) return;
  yield value;
  for (const child of Object.values(value)) yield* nodesOf(child);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' && typeof node.name === 'string' ? node.name : undefined;
}

function textOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}
