package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

// How many places are tried in a tile or a bundle of entries, besides the lengths before entries.
const placesInTile = 48

// One flipped bit.
type place struct {
	byte int
	bit  int
}

// Flips one bit at a time of every file of an exported ledger, and has this program, started anew, refuse
// each. Of checkpoint, key and proofs every bit is tried; of a proved entry one bit of every byte; of tiles
// and bundles places from the first byte to the last. The files are as before at the end.
func flip(root, vkeyPath string) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if said, err := exec.Command(program, "ledger", root, vkeyPath).CombinedOutput(); err != nil {
		return fmt.Errorf("not even the ledger as it is: %s", said)
	}
	var paths []string
	err = filepath.WalkDir(root, func(path string, found fs.DirEntry, err error) error {
		if err == nil && !found.IsDir() {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	sort.Strings(paths)
	tried, refused, spelled := 0, 0, 0
	for _, path := range paths {
		whole, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		of, spelledOf, accepted := placesIn(filepath.ToSlash(name), whole), 0, 0
		for _, at := range of {
			changed := append([]byte(nil), whole...)
			changed[at.byte] ^= 1 << at.bit
			if err := os.WriteFile(path, changed, 0o600); err != nil {
				return err
			}
			said, err := exec.Command(program, "ledger", root, vkeyPath).Output()
			var exit *exec.ExitError
			switch {
			case err == nil:
				accepted++
				fmt.Printf("ACCEPTED: %s with bit %d of byte %d flipped\n", name, at.bit, at.byte)
			case !errors.As(err, &exit) || exit.ExitCode() != 1 || !bytes.HasPrefix(said, []byte("REFUSED: ")):
				return fmt.Errorf("bit %d of byte %d of %s: no clear refusal: %v %s", at.bit, at.byte, name, err, said)
			case bytes.Contains(said, []byte(errSpelling.Error())):
				spelledOf++
			}
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			return err
		}
		fmt.Printf("%6d bits flipped, %6d refused: %s\n", len(of), len(of)-accepted, name)
		tried, refused, spelled = tried+len(of), refused+len(of)-accepted, spelled+spelledOf
	}
	if said, err := exec.Command(program, "ledger", root, vkeyPath).CombinedOutput(); err != nil {
		return fmt.Errorf("the ledger was left changed: %s", said)
	}
	fmt.Printf("%d bits flipped, %d refused, %d of them for the unused bits of base64 alone\n", tried, refused, spelled)
	if tried != refused {
		return fmt.Errorf("%d ledgers with a flipped bit were accepted", tried-refused)
	}
	return nil
}

// Where bits are flipped in a file.
func placesIn(name string, whole []byte) (places []place) {
	switch {
	case name == "checkpoint" || name == "vkey" || strings.HasSuffix(name, ".tlog-proof"):
		for at := range whole {
			for bit := 0; bit < 8; bit++ {
				places = append(places, place{at, bit})
			}
		}
	case strings.HasSuffix(name, ".json"):
		for at := range whole {
			places = append(places, place{at, at % 8})
		}
	default:
		for i := 0; i < placesInTile; i++ {
			places = append(places, place{i * (len(whole) - 1) / (placesInTile - 1), i % 8})
		}
		if strings.HasPrefix(name, "tile/entries/") {
			places = append(places, lengthsIn(whole)...)
		}
	}
	return places
}

// Both bytes of the first lengths of a bundle, and of every sixteenth after them.
func lengthsIn(bundle []byte) (places []place) {
	for at, count := 0, 0; at+2 <= len(bundle); count++ {
		if count < 2 || count%16 == 0 {
			places = append(places, place{at, count % 8}, place{at + 1, count % 8})
		}
		at += 2 + int(binary.BigEndian.Uint16(bundle[at:]))
	}
	return places
}
