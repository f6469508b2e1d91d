/** An address of this page's own for a photo in memory, given up when nobody shows it any more. */

import { useEffect, useState } from "react";

export function usePhotoAddress(photo: Blob | undefined): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    if (!photo) return;
    const made = URL.createObjectURL(photo);
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the address is a thing outside React, to be given back
    setAddress(made);
    return () => {
      setAddress(null);
      URL.revokeObjectURL(made);
    };
  }, [photo]);
  return address;
}
