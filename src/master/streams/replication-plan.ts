// Who follows whom, of one stream: a pure function of what the nodes report and what they were told. The result is a tree
// below the head of the stream, whatever goes in; what is well is left as it is. Knows no clocks and no messages.

/** A node as replication sees it. */
export interface PlanNode {
  readonly nodeId: string;
  /** It is heard, and answers. */
  readonly up: boolean;
  readonly draining: boolean;
  /** It may be given copies to keep: it follows streams of others, is well, and is not about to stop. */
  readonly takesCopies: boolean;
  /** How loaded it is, in any unit; the lowest gets the next copy. */
  readonly cost: number;
}

/** A copy as its node reported it. */
export interface PlanCopy {
  readonly nodeId: string;
  readonly role: "origin" | "replica";
  readonly epoch: number;
  readonly upstream: string | undefined;
  readonly hasViewers: boolean;
  /** Behind for so long that it counts for nothing. */
  readonly stuck: boolean;
}

export interface PlanInput {
  /** Node of the head; undefined when no node that is up has the stream. */
  readonly head: string | undefined;
  /** There is an origin, or there was one on a node that may come back; else the stream has ended. */
  readonly alive: boolean;
  /** Copies on nodes that are up, by node id. */
  readonly copies: ReadonlyMap<string, PlanCopy>;
  /** Node → upstream of copies on nodes that are not up: they may still be at work where the master does not see it. */
  readonly unseen: ReadonlyMap<string, string>;
  /** Nodes where viewers ask for it. */
  readonly wanted: ReadonlySet<string>;
  /** Node → upstream: what it was told with the last answer that it got. */
  readonly told: ReadonlyMap<string, string>;
  /** Nodes whose report is older than what they were told. */
  readonly answered: ReadonlySet<string>;
  /** By node id. */
  readonly nodes: ReadonlyMap<string, PlanNode>;
}

export interface PlanRules {
  /** Copies that are kept without viewers, the origin included. */
  readonly factor: number;
  /** Followers per node. */
  readonly fanout: number;
  /** False while a restarted master does not know all nodes: then everybody goes on as it is. */
  readonly settled: boolean;
}

/** Follower → upstream. */
export type Plan = ReadonlyMap<string, string>;

/** Whom each node is to follow; who is not in it, follows nobody. Never a circle. */
export function planReplication(input: PlanInput, rules: PlanRules): Plan {
  if (!rules.settled || input.head === undefined) return asItIs(input);
  if (!input.alive) return ended(input);
  const members = chooseMembers(input, input.head, rules.factor);
  const plan = growTree(input, input.head, members, rules.fanout);
  // A head without an origin above it goes on with the one it had: perhaps only the master does not reach that.
  const former = currentUpstream(input, input.head);
  const isAway = former !== undefined && input.nodes.get(former)?.up === false;
  const mayComeBack = isAway && !members.has(former) && !feeds(input, input.head, former);
  if (mayComeBack && input.copies.get(input.head)?.role === "replica") plan.set(input.head, former);
  return plan;
}

/** What a node follows now, as far as known. */
function currentUpstream({ copies, told, answered }: PlanInput, nodeId: string): string | undefined {
  const reported = copies.get(nodeId)?.upstream;
  return answered.has(nodeId) ? (told.get(nodeId) ?? reported) : (reported ?? told.get(nodeId));
}

/**
 * Whether media from `nodeId` may come to `other` now, by what they reported and were told. Nothing comes to the head: whom it
 * names is one that has no more to give, and may want to have from it what it lost itself.
 */
function feeds({ head, copies, told, unseen }: PlanInput, nodeId: string, other: string): boolean {
  const visited = new Set<string>();
  const queue = [other];
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    if (at === nodeId) return true;
    if (at === head || visited.has(at)) continue;
    visited.add(at);
    for (const next of [copies.get(at)?.upstream, told.get(at), unseen.get(at)]) if (next !== undefined) queue.push(next);
  }
  return false;
}

/** Everybody goes on as reported, but for those who follow in a circle. */
function asItIs(input: PlanInput): Plan {
  const plan = new Map<string, string>();
  for (const { nodeId, role, upstream } of input.copies.values()) {
    if (role === "replica" && upstream !== undefined && upstream !== nodeId && input.nodes.has(upstream)) plan.set(nodeId, upstream);
  }
  for (const nodeId of plan.keys()) {
    const visited = new Set<string>();
    for (let at: string | undefined = nodeId; at !== undefined && !visited.has(at); at = plan.get(at)) visited.add(at);
    if ([...visited].some((other) => plan.get(other) === nodeId)) plan.delete(nodeId);
  }
  return plan;
}

/** Those who still have viewers go on as they are, so that these see its end; nobody else is asked to keep it. */
function ended(input: PlanInput): Plan {
  return new Map([...asItIs(input)].filter(([nodeId]) => nodeId !== input.head && input.copies.get(nodeId)?.hasViewers));
}

function chooseMembers(input: PlanInput, head: string, factor: number): Set<string> {
  const { copies, wanted, told, nodes } = input;
  const members = new Set([head]);
  for (const copy of copies.values()) if (copy.hasViewers) members.add(copy.nodeId);
  for (const nodeId of wanted) if (nodes.get(nodeId)?.up) members.add(nodeId);
  // Who carries the media to one of them stays as well: no follower is moved only to spare a copy.
  for (const nodeId of members) {
    let at = currentUpstream(input, nodeId);
    while (at !== undefined && !members.has(at)) {
      const copy = copies.get(at);
      if (copy?.role !== "replica" || copy.stuck || nodes.get(at)?.draining) break;
      members.add(at);
      at = currentUpstream(input, at);
    }
  }

  const epoch = copies.get(head)?.epoch ?? 0;
  const counts = (nodeId: string) => !nodes.get(nodeId)?.draining && !copies.get(nodeId)?.stuck;
  const has = (nodeId: string) => copies.get(nodeId)?.role === "replica" && copies.get(nodeId)?.epoch === epoch && counts(nodeId);
  /** Best first: who has it, who was told to get it, who has an older one, who has none. */
  const rank = (nodeId: string): number => {
    if (copies.get(nodeId)?.stuck) return 4;
    if (copies.has(nodeId)) return has(nodeId) ? 0 : 2;
    return told.has(nodeId) ? 1 : 3;
  };
  /** @returns how many were added. */
  const add = (missing: number, isCandidate: (node: PlanNode) => boolean): number => {
    if (missing <= 0) return 0;
    const candidates = [...nodes.values()].filter((node) => node.up && !members.has(node.nodeId) && isCandidate(node));
    const ranked = candidates.map((node) => ({ node, rank: rank(node.nodeId), cost: node.cost }));
    ranked.sort((a, b) => a.rank - b.rank || a.cost - b.cost || (a.node.nodeId < b.node.nodeId ? -1 : 1));
    const chosen = ranked.slice(0, missing);
    for (const { node } of chosen) members.add(node.nodeId);
    return chosen.length;
  };
  // A copy that is there is let go of only when enough others are there, not when they are on their way.
  const present = [...members].filter((nodeId) => has(nodeId) || (nodeId === head && counts(nodeId))).length;
  add(factor - present, (node) => has(node.nodeId));
  const missing = factor - [...members].filter(counts).length;
  const added = add(missing, (node) => node.takesCopies && !node.draining);
  // Nobody else is there: a copy on a node that is to go is better than none.
  const onDraining = [...members].filter((nodeId) => !counts(nodeId) && nodeId !== head).length;
  add(missing - added - onDraining, (node) => node.takesCopies && node.draining);
  return members;
}

/** Grown from the head, node by node, each below one that is in it already: so there is no way to make a circle. */
function growTree(input: PlanInput, head: string, members: ReadonlySet<string>, fanout: number): Map<string, string> {
  const { copies, told, nodes } = input;
  const plan = new Map<string, string>();
  const depths = new Map([[head, 0]]);
  const children = new Map<string, number>();
  const childrenOf = (nodeId: string) => children.get(nodeId) ?? 0;
  const epoch = copies.get(head)?.epoch ?? 0;
  const waiting = new Map<string, string | undefined>();
  for (const nodeId of [...members].toSorted()) if (nodeId !== head) waiting.set(nodeId, currentUpstream(input, nodeId));
  const byUpstream = new Map<string, string[]>();
  for (const [nodeId, upstream] of waiting) {
    if (upstream !== undefined) byUpstream.set(upstream, [...(byUpstream.get(upstream) ?? []), nodeId]);
  }

  const place = (nodeId: string, upstream: string): void => {
    plan.set(nodeId, upstream);
    depths.set(nodeId, (depths.get(upstream) ?? 0) + 1);
    children.set(upstream, childrenOf(upstream) + 1);
    waiting.delete(nodeId);
  };

  const mayCarry = (nodeId: string): boolean => {
    if (nodeId === head) return true;
    return !nodes.get(nodeId)?.draining && copies.get(nodeId)?.role !== "origin" && !copies.get(nodeId)?.stuck;
  };

  /** Puts those who follow `from` already below it, and those who follow them, as far as the bound allows. */
  const keep = (from: string): void => {
    const queue = [from];
    for (let upstream = queue.shift(); upstream !== undefined; upstream = queue.shift()) {
      if (!mayCarry(upstream)) continue;
      // First those who were told so: others came by themselves (in the master's absence, say), and may be too many.
      const followers = (byUpstream.get(upstream) ?? []).filter((nodeId) => waiting.has(nodeId));
      const wasTold = (nodeId: string) => told.get(nodeId) === upstream;
      for (const nodeId of [...followers.filter(wasTold), ...followers.filter((nodeId) => !wasTold(nodeId))]) {
        if (!wasTold(nodeId) && childrenOf(upstream) >= fanout) continue;
        place(nodeId, upstream);
        queue.push(nodeId);
      }
    }
  };

  /** Holders of the media first, a head that is to go last; then the shallowest. */
  const rank = (nodeId: string): number[] => {
    const copy = copies.get(nodeId);
    const kind = nodes.get(nodeId)?.draining ? 2 : nodeId === head || copy?.epoch === epoch ? 0 : 1;
    return [kind, depths.get(nodeId) ?? 0, childrenOf(nodeId), nodes.get(nodeId)?.cost ?? 0];
  };

  const parentFor = (nodeId: string): string => {
    let best: { nodeId: string; rank: number[] } | undefined;
    for (const other of depths.keys()) {
      if (childrenOf(other) >= fanout || !mayCarry(other)) continue;
      const otherRank = rank(other);
      if ((!best || compare(otherRank, best.rank) < 0) && !feeds(input, nodeId, other)) best = { nodeId: other, rank: otherRank };
    }
    return best?.nodeId ?? head;
  };

  keep(head);
  while (waiting.size > 0) {
    // From the top of what hangs together, so that the rest below it stays as it is; a circle is opened anywhere.
    const top = [...waiting].find(([, upstream]) => upstream === undefined || !waiting.has(upstream))?.[0];
    const nodeId = top ?? [...waiting.keys()][0];
    if (nodeId === undefined) break;
    place(nodeId, parentFor(nodeId));
    keep(nodeId);
  }
  return plan;
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
