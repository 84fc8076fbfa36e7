// Whose connection goes when all places are taken by viewers: one token, or many, can hold as many connections as there
// are, so whoever has the most gives one to who has fewer. Knows no sockets and no tokens.

export interface ConnectionShares<Connection> {
  add(sender: string, connection: Connection): void;
  delete(sender: string, connection: Connection): void;
  /**
   * The oldest connection of the sender with the most, and takes it out; undefined when the newcomer has about as many (all
   * of a school may come from one address): then nobody has to go.
   */
  yieldTo(newcomer: string): Connection | undefined;
}

export function createConnectionShares<Connection>(): ConnectionShares<Connection> {
  const bySender = new Map<string, Set<Connection>>();

  function remove(sender: string, connection: Connection): void {
    const connections = bySender.get(sender);
    connections?.delete(connection);
    if (connections?.size === 0) bySender.delete(sender);
  }

  return {
    add(sender, connection) {
      bySender.set(sender, (bySender.get(sender) ?? new Set()).add(connection));
    },
    delete: remove,
    yieldTo(newcomer) {
      let [top, most]: [string, ReadonlySet<Connection>] = [newcomer, bySender.get(newcomer) ?? new Set()];
      // With one more, the newcomer would have as many at most: else two senders would take from each other for ever.
      const atLeast = most.size + 2;
      for (const [sender, connections] of bySender) if (connections.size > most.size) [top, most] = [sender, connections];
      if (most.size < atLeast) return undefined;
      const [oldest] = most;
      if (oldest !== undefined) remove(top, oldest);
      return oldest;
    },
  };
}
