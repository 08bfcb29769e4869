// Program other-implementations makes logs, notes and proofs with the libraries of the Go project and of transparency-dev, and checks ours with them.
//
//	go run . write > ../../golden/integrity/by-go.json
//	go run . check < ../../golden/integrity/ours.json
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	fmtlog "github.com/transparency-dev/formats/log"
	fmtnote "github.com/transparency-dev/formats/note"
	fmtproof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const origin = "other.example/log"
const witness = "witness.example/Zürich"

type inclusion struct {
	Index  int64    `json:"index"`
	Hashes []string `json:"hashes"`
}

type consistency struct {
	OldSize int64    `json:"oldSize"`
	Hashes  []string `json:"hashes"`
}

type tree struct {
	Size        int64         `json:"size"`
	Root        string        `json:"root"`
	Inclusion   []inclusion   `json:"inclusion"`
	Consistency []consistency `json:"consistency"`
}

type tile struct {
	Level  int    `json:"level"`
	Index  int64  `json:"index"`
	Width  int    `json:"width"`
	Path   string `json:"path"`
	Sha256 string `json:"sha256,omitempty"`
}

type signed struct {
	LogVkey     string `json:"logVkey"`
	WitnessVkey string `json:"witnessVkey"`
	Leaf        string `json:"leaf"`
	Checkpoint  string `json:"checkpoint"`
	Proof       string `json:"proof"`
}

type golden struct {
	Trees  []tree `json:"trees"`
	Tiles  []tile `json:"tiles"`
	Signed signed `json:"signed"`
}

// store is a tree whose leaves are "leaf 0", "leaf 1" and so on.
type store []tlog.Hash

func (s store) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = s[index]
	}
	return hashes, nil
}

func grow(size int64) store {
	var s store
	for n := int64(0); n < size; n++ {
		hashes, err := tlog.StoredHashes(n, []byte(fmt.Sprintf("leaf %d", n)), s)
		must(err)
		s = append(s, hashes...)
	}
	return s
}

func main() {
	log.SetFlags(0)
	if len(os.Args) == 2 && os.Args[1] == "write" {
		write()
	} else if len(os.Args) == 2 && os.Args[1] == "check" {
		check()
	} else {
		log.Fatal("usage: go run . write | check")
	}
}

func write() {
	s := grow(70000)
	var out golden
	for _, size := range []int64{1, 2, 3, 6, 7, 8, 9, 64, 100, 255, 256, 257, 1000, 65535, 65536, 70000} {
		out.Trees = append(out.Trees, treeOf(s, size))
	}
	for _, size := range []int64{1, 255, 256, 257, 65535, 65536, 70000} {
		for _, t := range tlog.NewTiles(8, 0, size) {
			if t.N%37 == 0 || t.W < 256 || t.L > 0 {
				out.Tiles = append(out.Tiles, tileOf(s, t))
			}
		}
	}
	for _, t := range []tlog.Tile{{H: 8, L: 0, N: 1234067, W: 256}, {H: 8, L: 3, N: 999999999, W: 1}} {
		out.Tiles = append(out.Tiles, tile{t.L, t.N, t.W, pathOf(t), ""})
	}
	out.Signed = signedOf(s)
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	must(encoder.Encode(out))
}

func treeOf(s store, size int64) tree {
	root, err := tlog.TreeHash(size, s)
	must(err)
	t := tree{Size: size, Root: base64.StdEncoding.EncodeToString(root[:])}
	for _, index := range []int64{0, 1, size / 3, size / 2, size - 2, size - 1} {
		if index < 0 || index >= size {
			continue
		}
		p, err := tlog.ProveRecord(size, index, s)
		must(err)
		t.Inclusion = append(t.Inclusion, inclusion{index, base64Of(p)})
	}
	for _, old := range []int64{1, size / 3, size / 2, size - 1, size} {
		if old < 1 {
			continue
		}
		p, err := tlog.ProveTree(size, old, s)
		must(err)
		t.Consistency = append(t.Consistency, consistency{old, base64Of(p)})
	}
	return t
}

func tileOf(s store, t tlog.Tile) tile {
	data, err := tlog.ReadTileData(t, s)
	must(err)
	digest := sha256.Sum256(data)
	return tile{t.L, t.N, t.W, pathOf(t), hex.EncodeToString(digest[:])}
}

// pathOf leaves out the height, which C2SP tlog-tiles fixes at 8.
func pathOf(t tlog.Tile) string { return strings.Replace(t.Path(), "tile/8/", "tile/", 1) }

func base64Of(hashes []tlog.Hash) []string {
	out := []string{}
	for _, hash := range hashes {
		out = append(out, base64.StdEncoding.EncodeToString(hash[:]))
	}
	return out
}

func signedOf(s store) signed {
	logSkey, logVkey := keyOf(origin, 1, "log")
	witnessSkey, _ := keyOf(witness, 1, "witness")
	logSigner, err := note.NewSigner(logSkey)
	must(err)
	witnessSigner, err := fmtnote.NewSignerForCosignatureV1(witnessSkey)
	must(err)
	_, plainVkey := keyOf(witness, 1, "witness")
	witnessVkey, err := fmtnote.VKeyToCosignatureV1(plainVkey)
	must(err)
	const size, index = 1000, 321
	root, err := tlog.TreeHash(size, s)
	must(err)
	head := fmtlog.Checkpoint{Origin: origin, Size: size, Hash: root[:]}
	text := string(head.Marshal())
	checkpoint, err := note.Sign(&note.Note{Text: text}, logSigner, witnessSigner)
	must(err)
	p, err := tlog.ProveRecord(size, index, s)
	must(err)
	proven := fmtproof.TLogProof{Index: index, Checkpoint: checkpoint, ExtraData: []byte("extra")}
	for _, hash := range p {
		proven.Hashes = append(proven.Hashes, hash)
	}
	return signed{logVkey, witnessVkey, fmt.Sprintf("leaf %d", index), string(checkpoint), string(proven.Marshal())}
}

// keyOf makes the key pair of a name: its seed is the SHA-256 of a word.
func keyOf(name string, kind byte, word string) (string, string) {
	seed := sha256.Sum256([]byte(word))
	public := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
	digest := sha256.Sum256(append([]byte(name+"\n"), append([]byte{kind}, public...)...))
	id := hex.EncodeToString(digest[:4])
	encode := func(key []byte) string { return base64.StdEncoding.EncodeToString(append([]byte{kind}, key...)) }
	return "PRIVATE+KEY+" + name + "+" + id + "+" + encode(seed[:]), name + "+" + id + "+" + encode(public)
}

// check verifies what ours made with every library that knows it.
func check() {
	input, err := io.ReadAll(os.Stdin)
	must(err)
	var ours golden
	must(json.Unmarshal(input, &ours))
	checked := 0
	for _, t := range ours.Trees {
		checked += checkTree(t)
	}
	for _, t := range ours.Tiles {
		parsed, err := tlog.ParseTilePath(strings.Replace(t.Path, "tile/", "tile/8/", 1))
		must(err)
		if parsed.L != t.Level || parsed.N != t.Index || parsed.W != t.Width {
			log.Fatalf("tile %v is read as %v", t, parsed)
		}
		checked++
	}
	checkSigned(ours.Signed)
	fmt.Printf("accepted: %d proofs and tile paths, a cosigned checkpoint, a proof file\n", checked)
}

func checkTree(t tree) int {
	root := bytesOf(t.Root)
	s := grow(t.Size)
	for _, one := range t.Inclusion {
		hash := tlog.RecordHash([]byte(fmt.Sprintf("leaf %d", one.Index)))
		must(tlog.CheckRecord(hashesOf(one.Hashes), t.Size, tlog.Hash(root), one.Index, hash))
		must(proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(one.Index), uint64(t.Size), hash[:], slicesOf(one.Hashes), root))
	}
	for _, one := range t.Consistency {
		old, err := tlog.TreeHash(one.OldSize, s)
		must(err)
		must(tlog.CheckTree(hashesOf(one.Hashes), t.Size, tlog.Hash(root), one.OldSize, old))
		must(proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(one.OldSize), uint64(t.Size), slicesOf(one.Hashes), old[:], root))
	}
	return len(t.Inclusion) + len(t.Consistency)
}

func checkSigned(s signed) {
	logVerifier, err := note.NewVerifier(s.LogVkey)
	must(err)
	witnessVerifier, err := fmtnote.NewVerifierForCosignatureV1(s.WitnessVkey)
	must(err)
	head, _, opened, err := fmtlog.ParseCheckpoint([]byte(s.Checkpoint), origin, logVerifier, witnessVerifier)
	must(err)
	if len(opened.Sigs) != 2 {
		log.Fatalf("%d signatures verify, not two", len(opened.Sigs))
	}
	var proven fmtproof.TLogProof
	must(proven.Unmarshal([]byte(s.Proof)))
	if string(proven.Checkpoint) != s.Checkpoint || string(proven.Marshal()) != s.Proof {
		log.Fatal("the proof file is read or written otherwise")
	}
	var hashes [][]byte
	for _, hash := range proven.Hashes {
		hashes = append(hashes, hash[:])
	}
	leaf := rfc6962.DefaultHasher.HashLeaf([]byte(s.Leaf))
	must(proof.VerifyInclusion(rfc6962.DefaultHasher, proven.Index, head.Size, leaf, hashes, head.Hash))
}

func hashesOf(texts []string) []tlog.Hash {
	var out []tlog.Hash
	for _, text := range texts {
		out = append(out, tlog.Hash(bytesOf(text)))
	}
	return out
}

func slicesOf(texts []string) [][]byte {
	var out [][]byte
	for _, text := range texts {
		out = append(out, bytesOf(text))
	}
	return out
}

func bytesOf(text string) []byte {
	bytes, err := base64.StdEncoding.DecodeString(text)
	must(err)
	return bytes
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
