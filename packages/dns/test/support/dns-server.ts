/** A DNS server over UDP on loopback that answers from a table, as much of RFC 1035 and 2782 as the tests need. */
import { createSocket } from "node:dgram";
import { onTestFinished } from "vitest";

export type DnsRecord =
  | { readonly a: string; readonly ttl?: number }
  | { readonly aaaa: string; readonly ttl?: number }
  | { readonly srv: readonly [priority: number, weight: number, port: number, target: string]; readonly ttl?: number };

/** What a name answers: its records, or how it fails. */
export type DnsAnswer = readonly DnsRecord[] | "SERVFAIL" | "silence";

export interface DnsServer {
  /** "127.0.0.1:5353". */
  readonly address: string;
  /** By lower-case name. A name that is not here does not exist. */
  readonly table: Map<string, DnsAnswer>;
  /** Type and name of each question, in order. */
  readonly asked: string[];
}

const types = { a: 1, aaaa: 28, srv: 33 } as const;
const typeNames: Record<number, string> = { 1: "A", 28: "AAAA", 33: "SRV" };

export async function startDnsServer(entries: Record<string, DnsAnswer> = {}): Promise<DnsServer> {
  const table = new Map(Object.entries(entries));
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (message, from) => {
    const { name, type, end } = readQuestion(message);
    asked.push(`${typeNames[type]} ${name}`);
    const answer = table.get(`${typeNames[type]} ${name}`) ?? table.get(name);
    if (answer === "silence") return;
    const records = Array.isArray(answer) ? answer.filter((record) => typeOf(record) === type) : [];
    const rcode = answer === undefined ? 3 : answer === "SERVFAIL" ? 2 : 0;
    const header = Buffer.alloc(12);
    message.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | rcode, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    socket.send(Buffer.concat([header, message.subarray(12, end), ...records.map(encode)]), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => void socket.close(() => resolve())));
  return { address: `127.0.0.1:${socket.address().port}`, table, asked };
}

function readQuestion(message: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at++]!; length > 0; length = message[at++]!) {
    labels.push(message.toString("latin1", at, at + length));
    at += length;
  }
  return { name: labels.join(".").toLowerCase(), type: message.readUInt16BE(at), end: at + 4 };
}

function typeOf(record: DnsRecord): number {
  return "a" in record ? types.a : "aaaa" in record ? types.aaaa : types.srv;
}

function encode(record: DnsRecord): Buffer {
  const data = dataOf(record);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0); // the name of the question
  head.writeUInt16BE(typeOf(record), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(record.ttl ?? 1, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function dataOf(record: DnsRecord): Buffer {
  if ("a" in record) return Buffer.from(record.a.split(".").map(Number));
  if ("aaaa" in record) {
    const [before = "", after] = record.aaaa.split("::");
    const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
    const [left, right] = [groups(before), groups(after ?? "")];
    const all = [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
    return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
  }
  const [priority, weight, port, target] = record.srv;
  const labels = target.split(".").filter((label) => label !== "");
  const name = Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.of(0),
  ]);
  return Buffer.concat([Buffer.from([priority, weight, port].flatMap((number) => [number >> 8, number & 255])), name]);
}
