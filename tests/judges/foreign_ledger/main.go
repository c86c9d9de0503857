// Checks what `muniment ledger export` wrote, with Go's own transparency log library and nothing of
// Muniment's. tests/judges/foreign_ledger.sh builds it, and shows it ledgers that are sound and ledgers
// that are not. Go 1.19 or newer, golang.org/x/mod 0.7.0 or newer.
//
//	foreign_ledger ledger DIRECTORY VKEY-FILE [CHECKPOINT]...   the whole log, and that it goes on from checkpoints kept before
//	foreign_ledger entry PROOF.tlog-proof ENTRY.json VKEY-FILE  one entry
//	foreign_ledger flip DIRECTORY VKEY-FILE                     changes one bit at a time; each change must be refused
//
// Exit status 0 if all holds, 1 after a line that begins with REFUSED.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// What RFC 4648 (3.5) leaves to the reader, and Go's decoder accepts: base64 whose unused bits are not zero.
var errSpelling = errors.New("base64 in another spelling")

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println("REFUSED:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) >= 3 && arguments[0] == "ledger":
		return checkLedger(arguments[1], arguments[2], arguments[3:])
	case len(arguments) == 4 && arguments[0] == "entry":
		return checkEntry(arguments[1], arguments[2], arguments[3])
	case len(arguments) == 3 && arguments[0] == "flip":
		return flip(arguments[1], arguments[2])
	}
	return errors.New("usage: ledger DIRECTORY VKEY-FILE [CHECKPOINT]..., entry PROOF ENTRY VKEY-FILE, flip DIRECTORY VKEY-FILE")
}

// One entry under its proof, as c2sp.org/tlog-proof says.
func checkEntry(proofPath, entryPath, vkeyPath string) error {
	verifier, _, err := readKey(vkeyPath)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(proofPath)
	if err != nil {
		return err
	}
	entry, err := os.ReadFile(entryPath)
	if err != nil {
		return err
	}
	tree, index, err := provedBy(text, entry, verifier)
	if err != nil {
		return err
	}
	fmt.Printf("entry %d of %s is in the log under its signed checkpoint of size %d\n", index, verifier.Name(), tree.N)
	return nil
}

// The key as a verifier, and its one line.
func readKey(path string) (note.Verifier, string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	line := strings.TrimSpace(string(text))
	verifier, err := note.NewVerifier(line)
	return verifier, line + "\n", err
}

// The tree that a checkpoint signs: c2sp.org/signed-note, c2sp.org/tlog-checkpoint.
func openCheckpoint(signed []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	// The texts allow signatures of others and further lines; the archive writes neither.
	lines := strings.Split(opened.Text, "\n")
	if len(opened.UnverifiedSigs) > 0 || len(opened.Sigs) != 1 || len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("not a checkpoint of this log alone")
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(opened.Sigs[0].Base64)
	if err != nil {
		return tlog.Tree{}, errSpelling
	}
	whole := fmt.Sprintf("%s\n\u2014 %s %s\n", opened.Text, verifier.Name(), base64.StdEncoding.EncodeToString(signature))
	if whole != string(signed) {
		return tlog.Tree{}, errors.New("the checkpoint is written in another way")
	}
	size, err := parseNumber(lines[1])
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := parseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func parseNumber(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || strconv.FormatInt(number, 10) != text {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return number, nil
}

func parseHash(text string) (tlog.Hash, error) {
	hash, err := tlog.ParseHash(text)
	if err == nil && hash.String() != text {
		err = errSpelling
	}
	return hash, err
}

// The tree and the position under which a proof shows an entry.
func provedBy(text, entry []byte, verifier note.Verifier) (tree tlog.Tree, index int64, err error) {
	head, signed, found := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		return tree, 0, errors.New("not a proof")
	}
	lines = lines[1:]
	// One line of this kind may stand here; nothing vouches for it, and the archive writes none.
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return tree, 0, errors.New("not a proof: no position")
	}
	if index, err = parseNumber(strings.TrimPrefix(lines[0], "index ")); err != nil {
		return tree, 0, err
	}
	var way tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := parseHash(line)
		if err != nil {
			return tree, 0, err
		}
		way = append(way, hash)
	}
	if tree, err = openCheckpoint([]byte(signed), verifier); err != nil {
		return tree, 0, err
	}
	return tree, index, tlog.CheckRecord(way, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

// The whole directory, and nothing in it that belongs to no ledger.
func checkLedger(root, vkeyPath string, kept []string) error {
	verifier, line, err := readKey(vkeyPath)
	if err != nil {
		return err
	}
	in := &directory{root: root, read: map[string][]byte{}}
	if named, err := in.file("vkey"); err != nil || string(named) != line {
		return errors.New("the directory names another key")
	}
	signed, err := in.file("checkpoint")
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(signed, verifier)
	if err != nil {
		return err
	}
	if tree.N == 0 {
		return errors.New("a log without entries")
	}
	proved, err := checkProofs(in, tree, verifier)
	if err != nil {
		return err
	}
	if err := checkTree(in, tree); err != nil {
		return err
	}
	if err := in.nothingElse(); err != nil {
		return err
	}
	var from []int64
	for _, path := range kept {
		size, err := checkKept(in, tree, verifier, path)
		if err != nil {
			return err
		}
		from = append(from, size)
	}
	fmt.Printf("%d entries hold in %d files\n", tree.N, len(in.read))
	for _, size := range from {
		fmt.Printf("goes on from the kept checkpoint of size %d\n", size)
	}
	for _, subject := range proved {
		fmt.Println("proved: an entry about", subject)
	}
	if len(proved) == 0 {
		fmt.Println("NO RECORD WAS PROVED: there is no proof in this directory")
	}
	return nil
}

// What is proved, once every proof leads to the directory's own checkpoint and bears the right name.
func checkProofs(in *directory, tree tlog.Tree, verifier note.Verifier) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(in.root, "proof", "*.tlog-proof"))
	if err != nil {
		return nil, err
	}
	sort.Strings(paths)
	var proved []string
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".tlog-proof")
		text, err := in.file("proof/" + name + ".tlog-proof")
		if err != nil {
			return nil, err
		}
		entry, err := in.file("proof/" + name + ".json")
		if err != nil {
			return nil, err
		}
		under, index, err := provedBy(text, entry, verifier)
		if err != nil {
			return nil, fmt.Errorf("proof of %s: %w", name, err)
		}
		if under != tree {
			return nil, fmt.Errorf("proof of %s: of another checkpoint", name)
		}
		var told struct{ Kind, Subject string }
		if err := json.Unmarshal(entry, &told); err != nil {
			return nil, err
		}
		// The capture has the record's name alone; an erasure of entries of a log has its position too.
		about := told.Subject
		if told.Kind == "entry_erased" {
			about = fmt.Sprintf("%s.%d", told.Subject, index)
		}
		if about != name {
			return nil, fmt.Errorf("proof of %s: the entry is about %s", name, about)
		}
		proved = append(proved, about)
	}
	return proved, nil
}

// Every entry and every tile. First as a reader does who fetches what is needed, then by making the
// tree anew from all entries: TileHashReader (as of x/mod 0.7.0) holds some full tiles against nothing where
// one unfinished tile gives several parts of the root, so what it reads still has to be proved.
func checkTree(in *directory, tree tlog.Tree) error {
	entries, err := in.entries(tree.N)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, in)
	for at, entry := range entries {
		way, err := tlog.ProveRecord(tree.N, int64(at), reader)
		if err != nil {
			return fmt.Errorf("entry %d: %w", at, err)
		}
		if err := tlog.CheckRecord(way, tree.N, tree.Hash, int64(at), tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("entry %d: %w", at, err)
		}
	}
	var stored []tlog.Hash
	storage := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for at, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(at), entry, storage)
		if err != nil {
			return err
		}
		stored = append(stored, hashes...)
	}
	if root, err := tlog.TreeHash(tree.N, storage); err != nil || root != tree.Hash {
		return errors.New("the entries do not have the signed root")
	}
	for _, tile := range tilesOf(tree.N) {
		made, err := tlog.ReadTileData(tile, storage)
		if err != nil {
			return err
		}
		fetched, err := tlog.ReadTileData(tile, reader)
		if err != nil {
			return fmt.Errorf("%s: %w", placeOf(tile), err)
		}
		lies, err := in.file(placeOf(tile))
		if err != nil {
			return err
		}
		if !bytes.Equal(made, fetched) || !bytes.Equal(made, lies) {
			return fmt.Errorf("%s is not what the entries give", placeOf(tile))
		}
	}
	return nil
}

// The tiles of a tree of this size, each as wide as the tree has it.
func tilesOf(size int64) (tiles []tlog.Tile) {
	for level := 0; size > 0; level, size = level+1, size>>8 {
		for n := int64(0); n<<8 < size; n++ {
			tiles = append(tiles, tlog.Tile{H: 8, L: level, N: n, W: widthAt(n, size)})
		}
	}
	return tiles
}

func widthAt(n, size int64) int {
	if left := size - n<<8; left < 256 {
		return int(left)
	}
	return 256
}

// Where c2sp.org/tlog-tiles lays a tile. Go's library names the height, and says data for entries.
func placeOf(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	if strings.HasPrefix(path, "data/") {
		path = "entries/" + strings.TrimPrefix(path, "data/")
	}
	return "tile/" + path
}

// The size of a checkpoint kept before, once the tree begins with the one that it signs.
func checkKept(in *directory, tree tlog.Tree, verifier note.Verifier, path string) (int64, error) {
	signed, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	before, err := openCheckpoint(signed, verifier)
	if err != nil {
		return 0, fmt.Errorf("the kept checkpoint: %w", err)
	}
	if before.N > tree.N {
		return 0, fmt.Errorf("the log has %d entries, and had %d", tree.N, before.N)
	}
	way, err := tlog.ProveTree(tree.N, before.N, tlog.TileHashReader(tree, in))
	if err != nil {
		return 0, err
	}
	if err := tlog.CheckTree(way, tree.N, tree.Hash, before.N, before.Hash); err != nil {
		return 0, fmt.Errorf("the log does not go on from the kept checkpoint of size %d: %w", before.N, err)
	}
	return before.N, nil
}

// An exported ledger: each file is read once, and remembered.
type directory struct {
	root string
	read map[string][]byte
}

func (d *directory) file(path string) ([]byte, error) {
	if data, found := d.read[path]; found {
		return data, nil
	}
	data, err := os.ReadFile(filepath.Join(d.root, filepath.FromSlash(path)))
	if err != nil {
		return nil, err
	}
	d.read[path] = data
	return data, nil
}

// The log's entries, each after its length in two bytes.
func (d *directory) entries(size int64) (entries [][]byte, err error) {
	for n := int64(0); n<<8 < size; n++ {
		width := widthAt(n, size)
		path := placeOf(tlog.Tile{H: 8, L: -1, N: n, W: width})
		data, err := d.file(path)
		if err != nil {
			return nil, err
		}
		for i := 0; i < width; i++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("%s ends within an entry", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			entries, data = append(entries, data[2:end]), data[end:]
		}
		if len(data) > 0 {
			return nil, fmt.Errorf("%s goes on after its last entry", path)
		}
	}
	return entries, nil
}

func (d *directory) nothingElse() error {
	return filepath.WalkDir(d.root, func(path string, found fs.DirEntry, err error) error {
		if err != nil || found.IsDir() {
			return err
		}
		name, err := filepath.Rel(d.root, path)
		if _, known := d.read[filepath.ToSlash(name)]; err == nil && !known {
			err = fmt.Errorf("%s belongs to no ledger", name)
		}
		return err
	})
}

// What tlog.TileReader asks for.
func (d *directory) Height() int { return 8 }

func (d *directory) SaveTiles([]tlog.Tile, [][]byte) {}

func (d *directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := d.file(placeOf(tile))
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}
