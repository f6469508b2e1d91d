/** The nonce the backend put into this page: without it no style made at run time is applied. */

import { setNonce } from "get-nonce";

export const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
if (nonce) setNonce(nonce);
