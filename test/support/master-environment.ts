// What every master of the tests is started with, whether in this process or as a program of its own.

export const clusterSecret = "the cluster secret of the tests";
export const adminToken = "the-admin-token-of-the-tests";

/** Any free port, no RTMP door; what a test wants otherwise is spread over it. */
export function masterEnvironment(dataDir: string): Record<string, string> {
  return {
    CLUSTER_SECRET: clusterSecret,
    ADMIN_TOKEN: adminToken,
    BIND_HOST: "127.0.0.1",
    API_PORT: "0",
    RTMP_PORT: "0",
    DATA_DIR: dataDir,
  };
}
