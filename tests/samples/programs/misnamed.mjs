import { chargeAll } from "node:fs";
chargeAll();
