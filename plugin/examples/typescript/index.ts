// A database for the shop, in TypeScript.
import * as dbaas from "@pulumi/dbaas";

const orders = new dbaas.ManagedDatabase("orders", {
    engine: "pxc",
    namespace: "shop",
    replicas: 5,
    storage: { size: "7Gi" },
});

export const write = orders.writeEndpoint;
