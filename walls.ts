import { isBuiltin } from 'node:module';
import { type Import, type SourceFile, sourceFactsOf } from './source-facts.ts';

/** Rooms of the edge agent in flow order: a room imports only from itself and from rooms before it. */
const edgeRooms = ['line', 'indicator', 'weighing', 'store', 'sync', 'lane', 'kiosk-server'];

/** Rooms of the cloud: they import each other, but never in a circle. */
const cloudRooms = [
  'store',
  'http',
  'identity',
  'outbound',
  'inbox',
  'fleet',
  'registry',
  'registration',
  'shifts',
  'weighings',
  'ledger',
  'billing',
  'audit',
];

const packages = ['protocol', 'edge-agent', 'cloud-api', 'simulators'];
const roomsOfProgram = new Map([
  ['edge-agent', edgeRooms],
  ['cloud-api', cloudRooms],
]);

/** What `protocol` may use of Node: it computes, waits and asserts, and does no I/O. */
const protocolBuiltins = ['node:crypto', 'node:timers/promises', 'node:assert', 'node:assert/strict'];

/** Simulated hardware is written from the manuals: code it had from the programs would agree with their mistakes. */
const hardware = /^simulators\/src\/(?:indicator-simulator|truck|site|weighbridge|faulty-|input-module)/;

const bannedNames = ['utils', 'util', 'helpers', 'helper', 'common', 'shared', 'core', 'lib', 'misc'];

/** Time, chance and the environment are passed in here; these files are where they come from. */
const ambientFree = /^(?:protocol|edge-agent|cloud-api)\/src\//;
const ambientDoors = /^(?:(?:edge-agent|cloud-api)\/src\/(?:main|cli|config)|protocol\/src\/clock)\.ts$/;

/** An import from one file of the workspace to another, and how to name it. */
interface Link {
  from: string;
  to: string;
  where: string;
}

/**
 * Checks the walls between packages and between rooms, the names, and that no ambient effect is used.
 * @returns one line for each offence, `path:line` first; empty when every wall stands
 */
export function wallOffences(files: readonly SourceFile[]): string[] {
  const offences: string[] = [];
  const links: Link[] = [];
  for (const file of files) {
    const { path } = file;
    offences.push(...nameOffences(path));
    const facts = sourceFactsOf(file);
    if (facts === undefined) {
      offences.push(`${path}:1 does not parse, so its walls cannot be checked`);
      continue;
    }
    for (const one of facts.imports) {
      const where = `${path}:${one.line} imports '${one.specifier}'`;
      const to = targetOf(path, one.specifier);
      if (to !== undefined) links.push({ from: path, to, where });
      const reason = to === undefined ? outsideReason(path, one) : insideReason(path, to, one);
      if (reason !== undefined) offences.push(`${where}: ${reason}`);
    }
    if (!ambientFree.test(path) || ambientDoors.test(path) || isTest(path)) continue;
    for (const { line, name } of facts.ambientUses) {
      offences.push(`${path}:${line} uses ${name}: it must be passed in`);
    }
  }
  return [...offences, ...circleOffences(links), ...hardwareOffences(links)];
}

/** Why a file may not import something of Node or of the registry; undefined when it may. */
function outsideReason(path: string, { specifier }: Import): string | undefined {
  if (placeOf(path).package !== 'protocol' || isTest(path)) return undefined;
  return isBuiltin(specifier) && !protocolBuiltins.includes(specifier) ? 'protocol does no I/O' : undefined;
}

/** Why a file may not import another of the workspace; undefined when it may. */
function insideReason(path: string, target: string, { specifier, typeOnly }: Import): string | undefined {
  const [from, to] = [placeOf(path), placeOf(target)];
  if (from.package !== to.package) {
    if (from.package === '') return undefined;
    if (to.package === 'simulators') return 'nothing imports the simulators';
    if (from.package === 'protocol' && !isTest(path)) return 'protocol imports no other package';
    if (roomsOfProgram.has(from.package) && to.package !== 'protocol') {
      return `${from.package} imports only protocol`;
    }
    return specifier.startsWith('.') ? 'another package is imported by its name' : undefined;
  }
  const rooms = roomsOfProgram.get(from.package);
  if (rooms === undefined || from.room === 'top') return undefined;
  if (from.room === null)
    return to.room === null || typeOnly ? undefined : 'a page imports only types of its server';
  if (to.room === 'top') return 'a room imports no file at the top';
  if (to.room !== null && rooms === edgeRooms && rooms.indexOf(to.room) > rooms.indexOf(from.room)) {
    return `${from.room} stands before ${to.room}, and a room imports only from rooms before it`;
  }
  return undefined;
}

function nameOffences(path: string): string[] {
  const offences: string[] = [];
  for (const segment of path.split('/')) {
    const lastWord = segment.split('.', 1)[0]?.split('-').at(-1) ?? '';
    if (bannedNames.includes(lastWord)) offences.push(`${path}:1 '${segment}' does not say what it holds`);
  }
  if (/(?:^|\/)index\.\w+$/.test(path) && path !== 'protocol/src/index.ts') {
    offences.push(`${path}:1 is an index, and only protocol has one`);
  }
  const { package: owner, room } = placeOf(path);
  const isInRoom = room === null || room === 'top' || (roomsOfProgram.get(owner)?.includes(room) ?? true);
  if (!isInRoom) offences.push(`${path}:1 '${room}' is no room of ${owner}`);
  return offences;
}

/** Every import that takes part in a circle of the cloud's rooms. */
function circleOffences(links: readonly Link[]): string[] {
  const betweenRooms = links.flatMap(({ from, to, where }) => {
    const [importer, imported] = [cloudRoomOf(from), cloudRoomOf(to)];
    if (importer === undefined || imported === undefined || importer === imported) return [];
    return [{ from: importer, to: imported, where }];
  });
  return betweenRooms
    .filter(({ from, to }) => reaches(betweenRooms, to, from))
    .map(({ from, to, where }) => `${where}: ${to} imports ${from} too, itself or through other rooms`);
}

function cloudRoomOf(path: string): string | undefined {
  const place = placeOf(path);
  return place.package === 'cloud-api' ? cloudRooms.find((room) => room === place.room) : undefined;
}

/** Every import of a program that simulated hardware reaches, itself or through other simulators. */
function hardwareOffences(links: readonly Link[]): string[] {
  const hardwareFiles = new Set(
    links.map(({ from }) => from).filter((path) => hardware.test(path) && !isTest(path)),
  );
  return links
    .filter(
      ({ from, to }) => placeOf(from).package === 'simulators' && roomsOfProgram.has(placeOf(to).package),
    )
    .filter(({ from }) => [...hardwareFiles].some((path) => path === from || reaches(links, path, from)))
    .map(({ where }) => `${where}: simulated hardware shares no code with the programs`);
}

function reaches(links: readonly Link[], from: string, to: string, seen = new Set<string>()): boolean {
  return links.some((link) => {
    if (link.from !== from || seen.has(link.to)) return false;
    seen.add(link.to);
    return link.to === to || reaches(links, link.to, to, seen);
  });
}

/** A path's package, `''` for the root, and its room: `top` directly in `src`, null outside `src`. */
function placeOf(path: string): { package: string; room: string | null } {
  const [top = '', src, room, ...rest] = path.split('/');
  if (!packages.includes(top)) return { package: path.includes('/') ? top : '', room: null };
  if (src !== 'src' || room === undefined) return { package: top, room: null };
  return { package: top, room: rest.length === 0 ? 'top' : room };
}

/** The path in the workspace that a specifier means; undefined for Node and for packages of the registry. */
function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return new URL(specifier, `file:///${path}`).pathname.slice(1);
  const [, name, rest = '/'] = /^@weighgate\/([^/]+)(\/.*)?$/.exec(specifier) ?? [];
  return name === undefined ? undefined : name + rest;
}

function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path);
}
