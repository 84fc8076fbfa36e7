// RFC 6381 codec strings from sample entries. Says what is in the file, not what a player can play.
import { childBoxes, findBox, readBoxes, readFields } from "./mp4-box.ts";
import type { FieldReader, Mp4Box } from "./mp4-box.ts";
import { Mp4Error } from "./mp4-error.ts";

const hex2 = (value: number): string => value.toString(16).padStart(2, "0");

/**
 * @param entry a box inside `stsd`; `childrenAt` is where its own boxes start (after the fixed fields).
 * @throws Mp4Error when the codec's configuration is missing or damaged.
 */
export function codecStringOf(buffer: Buffer, entry: Mp4Box, childrenAt: number): string {
  const children = readBoxes(buffer, childrenAt, entry.end);
  const config = (type: string): FieldReader => {
    const box = findBox(children, type);
    if (!box) throw new Mp4Error("malformed", `${printable(entry.type)} without ${type}`);
    return readFields(buffer, box.body, box.end);
  };
  switch (entry.type) {
    case "avc1":
    case "avc3": {
      const avcC = config("avcC");
      avcC.skip(1);
      return `${entry.type}.${hex2(avcC.u8())}${hex2(avcC.u8())}${hex2(avcC.u8())}`;
    }
    case "hvc1":
    case "hev1":
      return hevcString(entry.type, config("hvcC"));
    case "av01":
      return av1String(config("av1C"));
    case "vp09": {
      const vpcC = config("vpcC");
      vpcC.skip(4);
      const two = (value: number): string => String(value).padStart(2, "0");
      const profile = vpcC.u8();
      const level = vpcC.u8();
      return `vp09.${two(profile)}.${two(level)}.${two(vpcC.u8() >> 4)}`;
    }
    case "mp4a": {
      const esds = findBox(children, "esds") ?? nestedEsds(buffer, children);
      if (!esds) throw new Mp4Error("malformed", "mp4a without esds");
      return mp4aString(readFields(buffer, esds.body, esds.end));
    }
    case "Opus":
      return "opus";
    case "fLaC":
      return "flac";
    case "ac-3":
    case "ec-3":
    case ".mp3":
      return entry.type === ".mp3" ? "mp4a.6B" : entry.type;
    default:
      throw new Mp4Error("unsupported", `codec ${printable(entry.type)} is not supported`);
  }
}

const printable = (type: string): string => type.replaceAll(/[^\w .-]/g, "?");

function nestedEsds(buffer: Buffer, children: readonly Mp4Box[]): Mp4Box | undefined {
  const wave = findBox(children, "wave");
  return wave && findBox(childBoxes(buffer, wave), "esds");
}

/** ISO/IEC 14496-15 annex E.3. */
function hevcString(entryType: string, hvcC: FieldReader): string {
  hvcC.skip(1);
  const profile = hvcC.u8();
  const compatibility = reverseBits32(hvcC.u32());
  const constraints = [...hvcC.bytes(6)];
  const level = hvcC.u8();
  while (constraints.length > 0 && constraints.at(-1) === 0) constraints.pop();
  const space = ["", "A", "B", "C"][profile >> 6] ?? "";
  const tier = (profile & 0x20) === 0 ? "L" : "H";
  const parts = [entryType, `${space}${profile & 0x1f}`, compatibility.toString(16), `${tier}${level}`];
  return [...parts, ...constraints.map((byte) => byte.toString(16))].join(".");
}

function reverseBits32(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) reversed = (reversed * 2 + ((value >>> bit) & 1)) >>> 0;
  return reversed;
}

/** AV1 in ISO BMFF, section 5. */
function av1String(av1C: FieldReader): string {
  av1C.skip(1);
  const profileAndLevel = av1C.u8();
  const flags = av1C.u8();
  const profile = profileAndLevel >> 5;
  const level = String(profileAndLevel & 0x1f).padStart(2, "0");
  const tier = (flags & 0x80) === 0 ? "M" : "H";
  const highBitDepth = (flags & 0x40) !== 0;
  const twelveBit = (flags & 0x20) !== 0;
  const depth = highBitDepth ? (profile === 2 && twelveBit ? "12" : "10") : "08";
  return `av01.${profile}.${level}${tier}.${depth}`;
}

/** ISO/IEC 14496-1 descriptors, 7.2.6. */
function mp4aString(esds: FieldReader): string {
  esds.skip(4);
  expectTag(esds, 0x03);
  esds.skip(2);
  const flags = esds.u8();
  if ((flags & 0x80) !== 0) esds.skip(2);
  if ((flags & 0x40) !== 0) esds.skip(esds.u8());
  if ((flags & 0x20) !== 0) esds.skip(2);
  expectTag(esds, 0x04);
  const objectType = esds.u8();
  if (objectType !== 0x40) return `mp4a.${hex2(objectType).toUpperCase()}`;
  esds.skip(12);
  expectTag(esds, 0x05);
  const first = esds.u8();
  const audioObjectType = first >> 3;
  if (audioObjectType !== 31) return `mp4a.40.${audioObjectType}`;
  return `mp4a.40.${32 + (((first & 0x07) << 3) | (esds.u8() >> 5))}`;
}

function expectTag(esds: FieldReader, tag: number): void {
  if (esds.u8() !== tag) throw new Mp4Error("malformed", "esds has an unexpected descriptor");
  // A descriptor's length takes one to four bytes, seven bits each.
  for (let count = 0; count < 4; count += 1) if ((esds.u8() & 0x80) === 0) return;
  throw new Mp4Error("malformed", "esds has an endless length");
}
