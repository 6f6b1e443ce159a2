"""What people in the demo write, in Indonesian; every text says that it is an example (DOMAIN §6)."""

from __future__ import annotations

from server.demo.people import MARK

NOTES = (
    "Pengurus hadir lengkap. Buku notulen rapi sejak awal tahun, daftar hadir ditunjukkan satu per satu.",
    "Sekretaris baru bertugas tiga bulan; sebagian berkas masih disimpan pengurus lama.",
    "Kegiatan Poktan berjalan, tetapi pencatatan peserta belum seragam antar-dusun.",
    "Data keluarga ditempel di balai desa dan dipakai saat musyawarah.",
    "Rapat Pokja sering digabung dengan rapat desa, sehingga notulennya tidak selalu terpisah.",
    "Kader aktif, terutama BKB dan Posyandu. UPPKA perlu pendampingan pemasaran.",
)
ADVICE = (
    "Perbarui SK Pokja dan uraian tugas; penanggung jawab sekretaris desa, paling lambat akhir semester.",
    "Susun RKM bersama pendamping dan usulkan paling sedikit satu kegiatan ke RKPDes.",
    "Jadwalkan rapat Pokja setiap bulan dengan notulen dan daftar hadir.",
    "Cocokkan daftar KRS dengan data TPK, lalu bagi pendampingan per dusun.",
    "Unggah kegiatan ke laman Kampung KB paling lambat seminggu sesudah kegiatan.",
    "Tuntaskan tindak lanjut hasil pengkajian ulang yang belum selesai.",
)
RETURNED = "Dua jawaban belum cocok dengan fotonya. Mohon diperiksa lagi dan difoto ulang, lalu kirim kembali."
REMARKS = (
    ("e1_rapat", "Di foto daftar hadir hanya terlihat 3 rapat, sedangkan isian lebih banyak. Mohon hitung ulang dari buku notulen."),
    ("b1_bukti", "Foto RKM buram, jadwal dan biaya tidak terbaca. Mohon foto ulang halaman pertama dan kedua."),
)
RETURNED_BEFORE = "Jumlah rapat perlu dicocokkan dengan buku notulen."
REJECTED = "Isian ini milik desa lain: foto sekretariat dan titik lokasi menunjukkan Desa Mengkubang. Mohon dibuat baru."
APPROVED = ("", "Sesuai dengan bukti.", "", "Foto jelas, angka sesuai register.", "")
EVIDENCE = "Foto memuat daftar hadir kegiatan tahun 2024, bukan periode ini."
RATED = "Menurut arsip kecamatan, papan nama sudah terpasang dan jadwal layanan berjalan."
RATED_TWICE = ("Dokumen lengkap, tetapi belum direvisi dari hasil pemantauan.", "Revisi RKM disebut di notulen, berkasnya belum ada.")
LOCKED = f"Hasil semester 1 ditetapkan dalam rapat kabupaten ({MARK})."


def marked(text: str) -> str:
    """A text that says it is an example."""
    return f"{MARK} (data fiktif). {text}"
