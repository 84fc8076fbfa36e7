// A network of its own on this machine: a bridge, and a network namespace for each node, so that a cable can be pulled.
// Linux, root and iproute2 only.
import { createCloser } from "../../src/shared/kernel/closer.ts";
import { runProgram } from "../../src/shared/process/run-program.ts";

export interface NetworkPlace {
  readonly netns: string;
  /** Its address, reachable from this process, too. */
  readonly host: string;
}

export interface TestNetwork {
  /** Address of this process for the nodes. */
  readonly host: string;
  readonly places: readonly NetworkPlace[];
  /** These reach everybody else, but not each other: packets are lost without a word. */
  partition(...places: NetworkPlace[]): Promise<void>;
  /** The cable of this one is pulled. */
  disconnect(place: NetworkPlace): Promise<void>;
  /** All cables are in. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

async function ip(...args: string[]): Promise<void> {
  const { code, stderr, error } = await runProgram("ip", args, { timeoutMs: 5_000, maxOutputBytes: 4_096 });
  if (error || code !== 0) throw new Error(`ip ${args.join(" ")}: ${error?.message ?? stderr.trim()}`);
}

/** Why there can be no such network here, or undefined. */
export async function networkMissing(): Promise<string | undefined> {
  try {
    const network = await startTestNetwork(1);
    const [place] = network.places;
    if (place) await network.partition(place);
    await network.stop();
    return undefined;
  } catch (error) {
    return `network namespaces need root, CAP_NET_ADMIN and iproute2 (${(error as Error).message})`;
  }
}

/** @throws Error with what `ip` said; nothing is left behind then. */
export async function startTestNetwork(count: number): Promise<TestNetwork> {
  const closer = createCloser();
  return closer.orClose(async () => {
    const id = Math.floor(Math.random() * 36 ** 4).toString(36);
    const subnet = `10.231.${Math.floor(Math.random() * 256)}`;
    const uplink = `acu${id}`;
    const cables = new Map<NetworkPlace, string>();
    // The bridge has a namespace of its own: where Docker runs, the machine's firewall drops what other bridges carry.
    const hub = `ac-${id}-0`;
    await ip("netns", "add", hub);
    closer.add(hub, () => ip("netns", "del", hub));
    await ip("link", "add", uplink, "type", "veth", "peer", "name", "uplink", "netns", hub);
    // A namespace goes a moment after it was deleted; this end is to be gone at once.
    closer.add(uplink, () => ip("link", "del", uplink));
    await ip("addr", "add", `${subnet}.1/24`, "dev", uplink);
    await ip("link", "set", uplink, "up");
    await ip("-n", hub, "link", "add", "hub", "type", "bridge");
    await ip("-n", hub, "link", "set", "uplink", "master", "hub", "up");
    await ip("-n", hub, "link", "set", "hub", "up");
    for (let index = 1; index <= count; index += 1) {
      const place = { netns: `ac-${id}-${index}`, host: `${subnet}.${index + 10}` };
      const cable = `cable-${index}`;
      await ip("netns", "add", place.netns);
      // The pair of cable ends goes with the namespace.
      closer.add(place.netns, () => ip("netns", "del", place.netns));
      await ip("-n", hub, "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", place.netns);
      await ip("-n", hub, "link", "set", cable, "master", "hub", "up");
      await ip("-n", place.netns, "addr", "add", `${place.host}/24`, "dev", "eth0");
      await ip("-n", place.netns, "link", "set", "eth0", "up");
      await ip("-n", place.netns, "link", "set", "lo", "up");
      cables.set(place, cable);
    }
    const cableOf = (place: NetworkPlace): string => cables.get(place) ?? "";
    return {
      host: `${subnet}.1`,
      places: [...cables.keys()],
      async partition(...places) {
        for (const place of places) await ip("-n", hub, "link", "set", "dev", cableOf(place), "type", "bridge_slave", "isolated", "on");
      },
      disconnect: (place) => ip("-n", hub, "link", "set", cableOf(place), "down"),
      async heal() {
        for (const cable of cables.values()) {
          await ip("-n", hub, "link", "set", "dev", cable, "type", "bridge_slave", "isolated", "off");
          await ip("-n", hub, "link", "set", cable, "up");
        }
      },
      stop: () => closer.close(),
    };
  });
}
